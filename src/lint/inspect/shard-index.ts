import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import { readShardIndex, type Shard } from '../../formats/shard-index.ts';
import { openSource } from '../../formats/source.ts';
import type { Reader } from './inspector.ts';

/** Reads an index and the headers of the shards beside it. */
export const readIndexPart: Reader = (inspection, part) => {
  const index = readShardIndex(part.source);
  const files = new Map<string, Shard>();
  for (const name of new Set(index.shards.values())) files.set(name, readShard(part.folder, name));
  inspection.add(part, 'sharded', { ...index, files }, index.problems);
};

function readShard(folder: string | undefined, name: string): Shard {
  if (folder === undefined) return { kind: 'missing', why: 'the index stands in an archive' };
  if (path.basename(name) !== name || name === '..') {
    return { kind: 'missing', why: 'its name leaves the folder of the index' };
  }
  const file = path.join(folder, name);
  try {
    const status = lstatSync(file);
    if (status.isSymbolicLink() && !isBeside(folder, file)) {
      return { kind: 'missing', why: 'it is a link out of the folder of the index' };
    }
    if (!statSync(file).isFile()) return { kind: 'missing', why: 'it is no regular file' };
    const source = openSource(file);
    try {
      const header = readSafetensors(source);
      return header.dataOffset === undefined && /\.safetensors$|\.json$/i.test(name)
        ? { kind: 'missing', why: 'it does not hold safetensors' }
        : { kind: 'read', header };
    } finally {
      source.close();
    }
  } catch (thrown) {
    return {
      kind: 'missing',
      why: messageOf(thrown).includes('ENOENT') ? 'it is not there' : messageOf(thrown),
    };
  }
}

/** A cache keeps shards as links to blobs; those of a model point into its own folder. */
function isBeside(folder: string, link: string): boolean {
  return path.dirname(realpathSync(link)).startsWith(realpathSync(folder));
}
