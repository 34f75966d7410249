import path from 'node:path';
import type { RegistryPolicy } from '../project/policy.ts';
import type { Git } from './git.ts';
import type { Remote } from './remote.ts';
import { own } from './roles.ts';
import type { Tag } from './tag.ts';

/** Nobody's keyring counts, only the file that the policy names. */
const SSH_ONLY = ['-c', 'gpg.program=false', '-c', 'gpg.x509.program=false'];

/**
 * Why a tag does not count in its environment, where the policy asks for a signature: a person
 * approves a promotion by signing its tag. Empty where it counts.
 */
export async function signedTagRefusals(
  git: Git,
  remote: Remote,
  policy: RegistryPolicy,
  tag: Tag,
): Promise<readonly string[]> {
  if (!('environment' in tag)) return [];
  const wanted = own(policy.environments ?? {}, tag.environment)?.['signed-tag'] ?? false;
  const signers = policy['allowed-signers'];
  if (!wanted || signers === undefined) return [];
  const why = await whyNotSigned(git, remote, path.resolve(git.folder, signers), tag.text);
  if (why === undefined) return [];
  return [
    `tags for ${tag.environment} must be signed by one of ${signers}, and ${why}: sign the next one with git tag --sign`,
  ];
}

async function whyNotSigned(
  git: Git,
  remote: Remote,
  signers: string,
  tag: string,
): Promise<string | undefined> {
  const ref = `refs/tags/${tag}`;
  // The remote's own object: a signature that only this clone has approves nothing.
  const id = (await remote.refs(ref)).get(ref) ?? '';
  if ((await git.run(['cat-file', '-e', id])).code !== 0) await remote.fetch(ref);
  const { code, stdout } = await git.run(['cat-file', 'tag', id]);
  if (code !== 0) return `${tag} is a lightweight tag, which has no signature`;
  // Whoever may push could give a signed tag another name.
  const named = /^tag (?<name>.+)$/m.exec(stdout.toString('utf8'))?.groups?.name;
  if (named !== tag) return `what ${tag} points to was signed as ${named ?? 'something else'}`;
  const signersFile = `gpg.ssh.allowedSignersFile=${signers}`;
  const verified = await git.run([...SSH_ONLY, '-c', signersFile, 'verify-tag', id]);
  if (verified.code === 0) return undefined;
  const said = verified.stderr.trim().split('\n').at(-1);
  return `${tag} is not${said ? ` (${said})` : ''}`;
}
