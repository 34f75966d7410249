import { cp, link, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { mapInParallel } from '../../pipeline/parallel.ts';
import type { CacheLayer } from '../../pipeline/pipeline-cache.ts';
import type { Ports } from '../../runner/ports.ts';
import { encodedOf, type Digest } from '../../store/digest.ts';
import { hashBytes } from '../../store/hash.ts';

/** Entries are found by key and path, so every job packs into the same place of its workspace. */
const PARCEL_FOLDER = '.model-ci/parcels';

const RUNS_PREFIX = 'model-ci-runs-';

/** What came out of a parcel is linked: the parcel is thrown away. */
const LINKS = ['reflink', 'hardlink', 'copy'] as const;

/**
 * The Actions cache, an entry for each output: a job fetches those that its stages need and no
 * others. It is a hint: blobs are checked on the way in.
 */
export function actionsLayer({ cache, workspace, log }: Ports): CacheLayer {
  const asked = new Set<Digest>();
  return {
    name: 'the Actions cache',
    runsFolder: undefined,
    async fetch(out, _, files) {
      if (asked.has(out)) return;
      asked.add(out);
      await withParcel(workspace, out, async (parcel, folder) => {
        const found = await cache.restore([parcel], keyOf(out));
        if (found === undefined) return;
        const names = await readdir(folder).catch(() => []);
        await mapInParallel(names, async (name) => {
          const digest: Digest = `md5:${name}`;
          if (await files.has(digest)) return;
          await files.add(digest, path.join(folder, name), LINKS);
        }).catch((thrown: unknown) => {
          log.warning(`What the Actions cache gave for ${out} is not used: ${messageOf(thrown)}`);
        });
      });
    },
    async keep({ digest: out, blobs, isNew }, files) {
      if (!isNew) return;
      await withParcel(workspace, out, async (parcel, folder) => {
        await mkdir(folder, { recursive: true });
        for (const digest of blobs) {
          await link(files.pathOf(digest), path.join(folder, encodedOf(digest)));
        }
        await cache.save([parcel], keyOf(out));
      });
    },
  };
}

/** Brings what earlier jobs noted of their runs; the newest note, whatever the branch. */
export async function restoreRuns(runsFolder: string, { cache, workspace }: Ports): Promise<void> {
  await withParcel(workspace, 'runs', async (parcel, folder) => {
    const found = await cache.restore([parcel], RUNS_PREFIX, [RUNS_PREFIX]);
    if (found === undefined) return;
    await cp(folder, runsFolder, { recursive: true, force: false, errorOnExist: false });
  });
}

export async function saveRuns(runsFolder: string, { cache, workspace }: Ports): Promise<void> {
  await withParcel(workspace, 'runs', async (parcel, folder) => {
    const names = (await readdir(runsFolder, { recursive: true }).catch(() => [])).toSorted();
    if (names.length === 0) return;
    await cp(runsFolder, folder, { recursive: true });
    await cache.save([parcel], RUNS_PREFIX + encodedOf(hashBytes(names.join('\n'))).slice(0, 32));
  });
}

function keyOf(out: Digest): string {
  return `model-ci-out-${encodedOf(out)}`;
}

async function withParcel(
  workspace: string,
  name: string,
  work: (parcel: string, folder: string) => Promise<void>,
): Promise<void> {
  const parcel = `${PARCEL_FOLDER}/${name.replace(':', '-')}`;
  const folder = path.join(workspace, parcel);
  await rm(folder, { recursive: true, force: true });
  try {
    await work(parcel, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
