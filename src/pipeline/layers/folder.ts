import path from 'node:path';
import { SealedFolder } from '../../store/sealed-folder.ts';
import { CorruptBlob, MissingBlob } from '../../store/store.ts';
import type { Transfer } from '../../store/transfer.ts';
import { mapInParallel } from '../parallel.ts';
import type { CacheLayer } from '../pipeline-cache.ts';

/** Nothing in a workspace may be a link to what is kept for good. */
const WAYS: readonly Transfer[] = ['reflink', 'copy'];

/**
 * A folder in the layout of a DVC remote: what `dvc push` brought there is found, and `dvc pull`
 * finds what was kept here. `keeps`: whether it is written to.
 */
export function folderLayer(folder: string, { keeps }: { readonly keeps: boolean }): CacheLayer {
  const store = new SealedFolder(path.join(folder, 'files'));
  return {
    name: `the store ${folder}`,
    runsFolder: keeps ? path.join(folder, 'runs') : undefined,
    async fetch(_, missing, cache) {
      await mapInParallel(missing, async (digest) => {
        if (!(await store.has(digest))) return;
        try {
          await cache.add(digest, store.pathOf(digest), WAYS);
        } catch (thrown) {
          if (!(thrown instanceof CorruptBlob || thrown instanceof MissingBlob)) throw thrown;
        }
      });
    },
    async keep({ blobs }, cache) {
      if (!keeps) return;
      await mapInParallel(blobs, (digest) => store.add(digest, cache.pathOf(digest), WAYS));
    },
  };
}
