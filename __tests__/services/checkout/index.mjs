// Plain JavaScript, because a runner starts it: no build, no packages.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';

const { CHECKOUT_ORIGIN, GITHUB_REF, GITHUB_SHA, GITHUB_WORKSPACE } = process.env;
const input = (name) => process.env[`INPUT_${name.toUpperCase()}`] ?? '';
const git = (...arguments_) => {
  execFileSync('git', arguments_, {
    cwd: GITHUB_WORKSPACE,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
};

const origin = new URL(CHECKOUT_ORIGIN);
const credentials = Buffer.from(`x-access-token:${input('token')}`).toString('base64');
const ref = input('ref') || GITHUB_REF;
// Where actions/checkout puts what it fetched: tags as tags, the rest under remotes/.
const local = ref
  .replace(/^refs\/heads\//, 'refs/remotes/origin/')
  .replace(/^refs\/pull\//, 'refs/remotes/pull/');

git('init', '--quiet', '--initial-branch=main');
git('remote', 'add', 'origin', origin.href);
git('config', `http.${origin.origin}/.extraheader`, `AUTHORIZATION: basic ${credentials}`);
if (input('fetch-depth') === '0') {
  const all = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  // Branches and tags are among all; the merge commit of a pull request is not.
  const own = ref.startsWith('refs/pull/') ? [`+${GITHUB_SHA}:${local}`] : [];
  git('fetch', '--quiet', 'origin', ...all, ...own);
} else {
  git(
    'fetch',
    '--quiet',
    '--no-tags',
    '--depth',
    input('fetch-depth'),
    'origin',
    `+${GITHUB_SHA}:${local}`,
  );
}
if (ref.startsWith('refs/heads/')) {
  git('checkout', '--quiet', '--force', '-B', ref.slice('refs/heads/'.length), local);
} else {
  git('checkout', '--quiet', '--force', local);
}
