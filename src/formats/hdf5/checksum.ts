/** Bob Jenkins' lookup3 (`hashlittle`, initial value 0): HDF5's checksum of metadata. */
export function lookup3(data: Uint8Array): number {
  const state: State = [seed(data.length), seed(data.length), seed(data.length)];
  let position = 0;
  for (; data.length - position > 12; position += 12) {
    addWords(state, data, position);
    mix(state);
  }
  if (data.length === position) return state[2] >>> 0;
  addWords(state, data, position);
  finish(state);
  return state[2] >>> 0;
}

type State = [number, number, number];

const seed = (length: number): number => (0xdeadbeef + length) | 0;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** Adds the next twelve bytes; those behind the end count as zero. */
function addWords(state: State, data: Uint8Array, position: number): void {
  const word = (at: number): number =>
    (data[at] ?? 0) |
    ((data[at + 1] ?? 0) << 8) |
    ((data[at + 2] ?? 0) << 16) |
    ((data[at + 3] ?? 0) << 24);
  state[0] = (state[0] + word(position)) | 0;
  state[1] = (state[1] + word(position + 4)) | 0;
  state[2] = (state[2] + word(position + 8)) | 0;
}

function mix(state: State): void {
  let [a, b, c] = state;
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
}

function finish(state: State): void {
  let [a, b, c] = state;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
}
