/** A repeatable stream of numbers in [0, 1): mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

const pick = (next: Random, below: number): number => Math.floor(next() * below);

/** Values that break lengths, counts, offsets and opcodes. */
const NASTY = [0, 1, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x7b, 0x93, 0x95];

type Mutation = (bytes: Buffer, next: Random, other: Uint8Array) => Buffer;

/** Changes that readers of structure meet: in lengths, in order, in what follows what. */
const MUTATIONS: readonly Mutation[] = [
  (bytes, next) => {
    bytes[pick(next, bytes.length)] = NASTY[pick(next, NASTY.length)] ?? 0;
    return bytes;
  },
  (bytes, next) => {
    const at = pick(next, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(next, 8));
    return bytes;
  },
  // A length or an offset that is far too large, or negative.
  (bytes, next) => {
    const width = [2, 4, 8][pick(next, 3)] ?? 4;
    const at = pick(next, Math.max(1, bytes.length - width));
    bytes.fill(next() < 0.5 ? 0xff : 0x7f, at, Math.min(at + width, bytes.length));
    return bytes;
  },
  (bytes, next) => bytes.subarray(0, pick(next, bytes.length + 1)),
  // A stretch repeated, removed, or taken from another file.
  (bytes, next) => {
    const [from, to] = [pick(next, bytes.length), pick(next, bytes.length)].toSorted(
      (a, b) => a - b,
    );
    const times = 1 + pick(next, 4);
    const piece = bytes.subarray(from, to);
    return Buffer.concat([
      bytes.subarray(0, to),
      ...Array.from({ length: times }, () => piece),
      bytes.subarray(to),
    ]);
  },
  (bytes, next) => {
    const from = pick(next, bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + pick(next, 32))]);
  },
  (bytes, next, other) => {
    const at = pick(next, bytes.length + 1);
    const from = pick(next, other.length);
    return Buffer.concat([
      bytes.subarray(0, at),
      other.subarray(from, from + pick(next, 512)),
      bytes.subarray(at),
    ]);
  },
];

/** A mutant of `bytes`: one to four changes. */
export function mutate(bytes: Uint8Array, other: Uint8Array, next: Random): Uint8Array {
  let mutant: Buffer = Buffer.from(bytes);
  for (let left = 1 + pick(next, 4); left > 0 && mutant.length > 0; left--) {
    const change = MUTATIONS[pick(next, MUTATIONS.length)];
    if (change) mutant = change(Buffer.from(mutant), next, other);
  }
  return mutant;
}
