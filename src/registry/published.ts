import { UserError } from '../errors.ts';
import type { Git } from './git.ts';
import type { Remote } from './remote.ts';

/**
 * The commit that is checked out, once it is known to be what the remote's tag names.
 * @throws UserError for a tag that is not there, not at HEAD, or elsewhere on the remote.
 */
export async function checkTag(git: Git, remote: Remote, tag: string): Promise<string> {
  const published = await publishedCommit(git, remote, tag);
  const head = await commitOf(git, 'HEAD');
  if (head === published) return head;
  throw new UserError(
    `the tag ${tag} is ${short(published)}, and ${head === undefined ? 'nothing' : short(head)} is checked out`,
    { hint: `Check the tag out first: git checkout '${tag}'` },
  );
}

/**
 * The commit that the remote's tag names, annotated or not.
 * @throws UserError for a tag that is not there, or that names another commit here.
 */
export async function publishedCommit(git: Git, remote: Remote, tag: string): Promise<string> {
  const ref = `refs/tags/${tag}`;
  const local = await commitOf(git, ref);
  const remotely = await remote.refs(ref, `${ref}^{}`);
  const published = remotely.get(`${ref}^{}`) ?? remotely.get(ref);
  if (published === undefined) {
    const create = local === undefined ? `git tag '${tag}' && ` : '';
    throw new UserError(`the tag ${tag} is not on the remote '${remote.name}'`, {
      hint: `Whatever is registered needs its tag: ${create}git push ${remote.name} 'refs/tags/${tag}'`,
    });
  }
  if (local === undefined || local === published) return published;
  throw new UserError(
    `the tag ${tag} is ${short(local)} here and ${short(published)} on the remote`,
    { hint: 'A tag that others have seen never moves: take the next one.' },
  );
}

async function commitOf(git: Git, ref: string): Promise<string | undefined> {
  const outcome = await git.run(['rev-parse', '--quiet', '--verify', `${ref}^{commit}`]);
  return outcome.code === 0 ? outcome.stdout.toString('utf8').trim() : undefined;
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
