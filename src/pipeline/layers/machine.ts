import path from 'node:path';
import { hashBytes } from '../../store/hash.ts';
import { encodedOf } from '../../store/digest.ts';
import type { MachineCache } from '../../store/machine-cache.ts';
import { CorruptBlob, MissingBlob } from '../../store/store.ts';
import { mapInParallel } from '../parallel.ts';
import type { CacheLayer } from '../pipeline-cache.ts';

/**
 * The cache that the jobs of this machine share. Blobs are addressed by what they are, so any
 * repository may use them; what a command made of its inputs is believed of one's own runs only.
 */
export function machineLayer(machine: MachineCache, repository: string): CacheLayer {
  const own = encodedOf(hashBytes(repository)).slice(0, 16);
  return {
    name: "the machine's cache",
    runsFolder: path.join(machine.root, 'runs', own),
    async fetch(_, missing, cache) {
      await mapInParallel(await machine.hold(missing), async (digest) => {
        try {
          await machine.blobs.check(digest);
          await cache.add(digest, machine.blobs.pathOf(digest), ['reflink', 'hardlink', 'copy']);
        } catch (thrown) {
          // Damaged: it has been dropped, and another layer may have it.
          if (!(thrown instanceof CorruptBlob || thrown instanceof MissingBlob)) throw thrown;
        }
      });
    },
    keep: ({ blobs }, cache) => machine.offer(cache, blobs),
  };
}
