import { EnvironmentError } from '../errors.ts';
import type { Git } from './git.ts';

/** The texts of Git's blobs by id, in one call. */
export async function readBlobs(
  git: Git,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const output = await git.bytes(['cat-file', '--batch'], { input: `${ids.join('\n')}\n` });
  const texts = new Map<string, string>();
  let offset = 0;
  while (offset < output.length) {
    const end = output.indexOf(0x0a, offset);
    const header = output.toString('latin1', offset, end);
    const match = /^(?<id>[0-9a-f]+) blob (?<size>\d+)$/.exec(header)?.groups;
    if (match?.id === undefined) throw unreadable(header);
    const size = Number(match.size);
    texts.set(match.id, output.toString('utf8', end + 1, end + 1 + size));
    offset = end + 1 + size + 1;
  }
  return texts;
}

function unreadable(header: string): EnvironmentError {
  return new EnvironmentError(`Git cannot read an object: ${header}`, {
    hint: 'Fetch again; git fsck tells whether the clone is damaged.',
  });
}
