/** Pixels of an image: height x width x channels, a byte each. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** Fixed-point weights of Pillow: 32 bits less 8 of the pixel and 2 to spare. */
const PRECISION_BITS = 22;

/**
 * Bilinear resampling with antialiasing, to the same levels as Pillow (Image.resize with BILINEAR,
 * libImaging/Resample.c): rows first, then columns, each rounded to whole levels.
 */
export function resample(image: Pixels, height: number, width: number): Pixels {
  const wide = width === image.width ? image : resampleRows(image, width);
  return height === image.height ? wide : resampleColumns(wide, height);
}

interface Weights {
  /** For each output, the first input that counts. */
  readonly first: Int32Array;
  readonly counts: Int32Array;
  /** [outputs, most] */
  readonly values: Int32Array;
  readonly most: number;
}

function bilinearWeights(from: number, to: number): Weights {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const counts = new Int32Array(to);
  const values = new Int32Array(to * most);
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - low;
    const weights = Array.from({ length: count }, (_, at) =>
      Math.max(0, 1 - Math.abs((at + low - center + 0.5) / support)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, at) => {
      values[out * most + at] = Math.trunc(0.5 + (weight / sum) * (1 << PRECISION_BITS));
    });
    first[out] = low;
    counts[out] = count;
  }
  return { first, counts, values, most };
}

function resampleRows(image: Pixels, width: number): Pixels {
  const { channels, height, data } = image;
  const weights = bilinearWeights(image.width, width);
  const result = new Uint8Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    const start = row * image.width * channels;
    combine(weights, data, start, channels, channels, result, row * width * channels);
  }
  return { height, width, channels, data: result };
}

function resampleColumns(image: Pixels, height: number): Pixels {
  const { channels, width, data } = image;
  const weights = bilinearWeights(image.height, height);
  const line = width * channels;
  const result = new Uint8Array(height * line);
  combine(weights, data, 0, line, line, result, 0);
  return { height, width, channels, data: result };
}

/** Each output is the weighted sum of inputs that lie `stride` apart, for `size` bytes side by side. */
function combine(
  { first, counts, values, most }: Weights,
  data: Uint8Array,
  start: number,
  stride: number,
  size: number,
  result: Uint8Array,
  to: number,
): void {
  const half = 1 << (PRECISION_BITS - 1);
  for (let out = 0; out < first.length; out++) {
    const from = start + (first[out] ?? 0) * stride;
    const count = counts[out] ?? 0;
    for (let byte = 0; byte < size; byte++) {
      let sum = half;
      for (let at = 0; at < count; at++) {
        sum += (data[from + at * stride + byte] ?? 0) * (values[out * most + at] ?? 0);
      }
      result[to + out * size + byte] = Math.min(255, sum >> PRECISION_BITS);
    }
  }
}
