import { statSync } from 'node:fs';
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
    if (!statSync(file).isFile()) return { kind: 'missing', why: 'it is no regular file' };
    const source = openSource(file);
    try {
      return { kind: 'read', header: readSafetensors(source) };
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
