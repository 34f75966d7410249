import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelFile } from '../project/models.ts';
import { encodedOf, type Algorithm } from '../store/digest.ts';
import { hashFile, type Hashed } from '../store/hash.ts';
import { HashCache } from '../store/hash-cache.ts';
import { hashFiles } from '../store/hash-files.ts';

type HashedFile = ModelFile & Hashed;

/** How the files of a model are hashed. */
export interface Hashing {
  /** By sha256, in any order. */
  hash(
    files: readonly ModelFile[],
    onHashed: (hashed: Hashed) => void,
  ): Promise<readonly HashedFile[]>;
  /** As DVC names a file, in hexadecimal. */
  md5(absolute: string): Promise<string>;
  /** Remembers what was hashed, where anybody will ask. */
  save(): Promise<void>;
}

/** Reads every byte. */
export const hashAll: Hashing = {
  hash: (files, onHashed) => hashFiles(files, { onHashed }),
  md5: async (absolute) => encodedOf((await hashFile(absolute, 'md5')).digest),
  save: () => Promise.resolve(),
};

/** Reads the files that were touched since they were hashed last in this workspace. */
export async function hashChanged(workspace: string): Promise<Hashing> {
  const open = (algorithm: Algorithm) => {
    const file = path.join(workspace, '.model-ci', `snapshot-hashes-${algorithm}`);
    return HashCache.open({ file, root: workspace, algorithm });
  };
  const [sha256, md5] = [await open('sha256'), await open('md5')];
  return {
    hash: (files, onHashed) => hashTouched(files, sha256, onHashed),
    md5: async (absolute) => md5.hashOf(absolute, await statusOf(absolute)),
    async save() {
      await sha256.save();
      await md5.save();
    },
  };
}

async function hashTouched(
  files: readonly ModelFile[],
  cache: HashCache,
  onHashed: (hashed: Hashed) => void,
): Promise<readonly HashedFile[]> {
  const started = Date.now();
  const seen = await Promise.all(
    files.map(async (file) => {
      const status = await statusOf(file.absolute);
      return { ...file, status, known: cache.recall(file.absolute, status) };
    }),
  );
  const untouched = seen.flatMap(({ known, status, ...file }): HashedFile[] =>
    known === undefined ? [] : [{ ...file, digest: `sha256:${known}`, size: Number(status.size) }],
  );
  untouched.forEach(onHashed);
  const touched = seen.filter(({ known }) => known === undefined);
  const hashed = await hashFiles(touched, { onHashed });
  for (const { absolute, status, digest } of hashed) {
    cache.note(absolute, status, encodedOf(digest), started);
  }
  return [...untouched, ...hashed];
}

function statusOf(absolute: string) {
  return stat(absolute, { bigint: true });
}
