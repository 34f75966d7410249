/** Our side of throughput.ts: work.ts hash|digests|register|verify|upload|push SOURCE [TARGET] */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { modelFiles } from '../../src/project/models.ts';
import { snapshotOf, type Snapshot } from '../../src/registry/manifest.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { OciStore } from '../../src/store/oci/oci-store.ts';
import { RegistryClient } from '../../src/store/oci/client.ts';
import { parseOciPlace } from '../../src/store/oci/place.ts';
import { putFile } from '../../src/store/oci/upload.ts';
import { inParallel } from '../../src/store/parallel.ts';
import type { ContentStore } from '../../src/store/store.ts';

const [what = '', source = '', target = ''] = process.argv.slice(2);
const model = { name: 'm', path: '.', files: undefined, evaluation: undefined };
const files = await modelFiles(source, model);
const nobody = { credentials: () => Promise.resolve(undefined) };

const putAll = (store: ContentStore, { files: hashed }: Snapshot) =>
  inParallel(hashed, store.lanes, ({ name, digest }) => store.put(digest, path.join(source, name)));

const works: Readonly<Record<string, (snapshot: Snapshot) => Promise<unknown>>> = {
  verify: ({ files: hashed }) => {
    const store: ContentStore = new DirectoryStore(target);
    return inParallel(hashed, store.lanes, ({ digest, size }) => store.check(digest, size));
  },
  upload: ({ files: hashed }) => {
    const client = new RegistryClient(parseOciPlace(target), nobody);
    return inParallel(hashed, 4, ({ name, digest }) =>
      putFile(client, digest, path.join(source, name)),
    );
  },
  push: (snapshot) => putAll(new OciStore(parseOciPlace(target), nobody), snapshot),
};

let started = performance.now();
const snapshot = await snapshotOf(files);
if (what === 'digests') {
  await writeFile(target, JSON.stringify(snapshot.files.map(({ name, digest }) => [name, digest])));
} else if (what === 'register') {
  await putAll(new DirectoryStore(target), snapshot);
} else if (what !== 'hash') {
  started = performance.now();
  await works[what]?.(snapshot);
}
const seconds = (performance.now() - started) / 1000;
console.log(
  JSON.stringify({ seconds, mebibytes: Math.round(process.resourceUsage().maxRSS / 1024) }),
);
