import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ApiError, page, type Permission, type Route } from './api.ts';

const PERMISSIONS: readonly Permission[] = ['contents'];

/** Runs Git in a bare repository; undefined where Git says no. */
export async function bareGit(
  folder: string,
  ...arguments_: readonly string[]
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--git-dir', folder, ...arguments_]);
    return stdout.trimEnd();
  } catch {
    return undefined;
  }
}

/** Refs and files, answered out of the bare repository at `folder`. */
export function repositoryRoutes(folder: string): readonly Route[] {
  const git = (...arguments_: readonly string[]) => bareGit(folder, ...arguments_);
  return [
    {
      method: 'GET',
      path: /^git\/ref\/(.+)$/,
      permissions: PERMISSIONS,
      answer: async ({ parameters: [name = ''] }) => {
        const ref = `refs/${name}`;
        const sha = await git('rev-parse', '--verify', '-q', ref);
        if (sha === undefined) throw new ApiError(404, 'Not Found');
        const type = await git('cat-file', '-t', sha);
        return { status: 200, body: { ref, object: { type, sha } } };
      },
    },
    {
      method: 'GET',
      path: /^git\/matching-refs\/(.+)$/,
      permissions: PERMISSIONS,
      answer: async ({ parameters: [prefix = ''], call }) => {
        const list =
          (await git('for-each-ref', '--format=%(objecttype) %(objectname) %(refname)')) ?? '';
        const refs = list.split('\n').map((line) => line.split(' '));
        const found = refs.filter(([, , ref = '']) => ref.startsWith(`refs/${prefix}`));
        return page(
          call.url,
          found.map(([type, sha, ref]) => ({ ref, object: { type, sha } })),
        );
      },
    },
    {
      method: 'GET',
      path: /^contents\/(.+)$/,
      permissions: PERMISSIONS,
      answer: async ({ parameters: [file = ''], call }) => {
        const ref = call.url.searchParams.get('ref') ?? 'HEAD';
        const sha = await git('rev-parse', '--verify', '-q', `${ref}:${file}`);
        if (sha === undefined || (await git('cat-file', '-t', sha)) !== 'blob') {
          throw new ApiError(404, 'Not Found');
        }
        const { stdout } = await promisify(execFile)(
          'git',
          ['--git-dir', folder, 'cat-file', 'blob', sha],
          { encoding: 'buffer' },
        );
        const content = stdout.toString('base64');
        const body = { type: 'file', path: file, sha, size: stdout.length, encoding: 'base64' };
        return { status: 200, body: { ...body, content } };
      },
    },
  ];
}
