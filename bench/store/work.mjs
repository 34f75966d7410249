/**
 * Our side of throughput.ts, as it is built:
 * work.mjs hash|read|digests|register|verify|upload|push SOURCE [TARGET]
 */
import { Buffer } from 'node:buffer';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { modelFiles } from '../../build/project/models.js';
import { snapshotOf } from '../../build/registry/manifest.js';
import { DirectoryStore } from '../../build/store/directory.js';
import { RegistryClient } from '../../build/store/oci/client.js';
import { OciStore } from '../../build/store/oci/oci-store.js';
import { parseOciPlace } from '../../build/store/oci/place.js';
import { putFile } from '../../build/store/oci/upload.js';
import { inParallel } from '../../build/store/parallel.js';

const [what = '', source = '', target = ''] = process.argv.slice(2);
const model = { name: 'm', path: '.', files: undefined, evaluation: undefined };
const files = await modelFiles(source, model);
const nobody = { credentials: () => Promise.resolve(undefined) };

const putAll = (store, { files: hashed }) =>
  inParallel(hashed, store.lanes, ({ name, digest }) => store.put(digest, path.join(source, name)));

const works = {
  verify: ({ files: hashed }) => {
    const store = new DirectoryStore(target);
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

/** Reads and does nothing with it, as Node does it best. */
async function readAll() {
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  for (const { absolute } of files) {
    const handle = await open(absolute, 'r');
    while ((await handle.read(buffer, 0, buffer.length)).bytesRead > 0);
    await handle.close();
  }
}

let started = performance.now();
const snapshot = what === 'read' ? await readAll() : await snapshotOf(files);
if (what === 'digests') {
  await writeFile(target, JSON.stringify(snapshot.files.map(({ name, digest }) => [name, digest])));
} else if (what === 'register') {
  await putAll(new DirectoryStore(target), snapshot);
} else if (what in works) {
  started = performance.now();
  await works[what](snapshot);
}
const seconds = (performance.now() - started) / 1000;
console.log(
  JSON.stringify({ seconds, mebibytes: Math.round(process.resourceUsage().maxRSS / 1024) }),
);
