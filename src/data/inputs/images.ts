import { ELEMENT_BYTES, sharedBytes } from '../../formats/nd-array.ts';
import type { ImageSteps } from '../../project/data-description.ts';
import type { Column, NamedBytes, Rows } from '../column.ts';
import { invalidData } from '../problem.ts';
import { decodeImage } from './decode-image.ts';
import type { Input } from './input.ts';
import { columnIn } from './numbers.ts';
import { resample, type Pixels } from './resample.ts';

/** A column of image files as one tensor [rows, channels, height, width], or channels last. */
export function imageInput(file: string, steps: ImageSteps): Input {
  const { column } = steps;
  return {
    columns: [column],
    tensor: (rows: Rows) => {
      const found = columnIn(rows, column);
      let prepared: Batch | undefined;
      for (let row = 0; row < rows.count; row++) {
        const named = imageAt(found, row, { file, column, row: rows.from + row });
        const image = prepare(decodeImage(named), steps, named.name);
        prepared ??= new Batch(image, rows.count, steps);
        prepared.put(image, row, named.name);
      }
      if (!prepared) throw new Error('there are no rows');
      return { array: prepared.array() };
    },
  };
}

function imageAt(
  column: Column,
  row: number,
  place: { readonly file: string; readonly column: string; readonly row: number },
): NamedBytes {
  const image = column.kind === 'files' ? column.values[row] : undefined;
  if (image) return image;
  throw invalidData(
    place,
    column.kind === 'files' ? 'has no image' : 'holds no image files',
    'Use a folder of images, or a Parquet column with the bytes of PNG or JPEG files.',
  );
}

function prepare(decoded: Pixels, steps: ImageSteps, name: string): Pixels {
  const image = withChannels(decoded, steps.channels);
  const resized = steps.resize === undefined ? image : resizeTo(image, steps.resize);
  return steps.crop === undefined ? resized : centerCrop(resized, steps.crop, name);
}

/** Alpha is left out, and gray is ITU-R 601-2 luma: as Pillow's convert('RGB') and convert('L'). */
function withChannels({ height, width, data }: Pixels, channels: ImageSteps['channels']): Pixels {
  const count = channels === 'gray' ? 1 : 3;
  const result = new Uint8Array(height * width * count);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * pixel, 4 * pixel + 3);
    if (channels === 'gray') {
      result[pixel] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    } else {
      result[3 * pixel] = channels === 'rgb' ? red : blue;
      result[3 * pixel + 1] = green;
      result[3 * pixel + 2] = channels === 'rgb' ? blue : red;
    }
  }
  return { height, width, channels: count, data: result };
}

/** A number stands for the shorter side, as in torchvision's Resize. */
function resizeTo(image: Pixels, size: number | readonly [number, number]): Pixels {
  if (typeof size !== 'number') return resample(image, size[0], size[1]);
  const { height, width } = image;
  return height <= width
    ? resample(image, size, Math.trunc((size * width) / height))
    : resample(image, Math.trunc((size * height) / width), size);
}

function centerCrop(image: Pixels, size: number | readonly [number, number], name: string): Pixels {
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  if (image.height < height || image.width < width) {
    throw invalidData(
      { file: name },
      `has ${image.height} x ${image.width} pixels where ${height} x ${width} are cut out`,
      "Resize to at least as much by 'resize'.",
    );
  }
  const top = roundHalfToEven((image.height - height) / 2);
  const left = roundHalfToEven((image.width - width) / 2);
  const line = width * image.channels;
  const data = new Uint8Array(height * line);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * image.width + left) * image.channels;
    data.set(image.data.subarray(from, from + line), row * line);
  }
  return { height, width, channels: image.channels, data };
}

/** Python's round(), which torchvision's CenterCrop uses. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/** The tensor of a batch, which its first image gives the shape. */
class Batch {
  readonly #first: Pixels;
  readonly #steps: ImageSteps;
  readonly #values: Float32Array | Uint8Array;
  readonly #count: number;
  /** [channels, 256]: what each level becomes. */
  readonly #levels: Float32Array;

  constructor(first: Pixels, count: number, steps: ImageSteps) {
    const total = count * first.data.length;
    this.#first = first;
    this.#steps = steps;
    this.#count = count;
    this.#values =
      steps.type === 'uint8'
        ? sharedBytes(total)
        : new Float32Array(sharedBytes(total * ELEMENT_BYTES.float32).buffer);
    this.#levels = levelsOf(steps, first.channels);
  }

  put({ data, channels, height, width }: Pixels, row: number, name: string): void {
    const { height: wantedHeight, width: wantedWidth } = this.#first;
    if (height !== wantedHeight || width !== wantedWidth) {
      throw invalidData(
        { file: name },
        `has ${height} x ${width} pixels, and the image before it ${wantedHeight} x ${wantedWidth}`,
        "Give all images one size: 'resize: [height, width]', or resize and crop.",
      );
    }
    const start = row * data.length;
    const area = height * width;
    const last = this.#steps.layout === 'nhwc';
    for (let at = 0; at < data.length; at++) {
      const channel = at % channels;
      const level = data[at] ?? 0;
      const to = last ? at : channel * area + (at - channel) / channels;
      this.#values[start + to] = this.#levels[256 * channel + level] ?? 0;
    }
  }

  array() {
    const { channels, height, width } = this.#first;
    const shape =
      this.#steps.layout === 'nhwc'
        ? [this.#count, height, width, channels]
        : [this.#count, channels, height, width];
    return { elementType: this.#steps.type, shape, values: this.#values };
  }
}

function levelsOf({ scale, mean, std, type }: ImageSteps, channels: number): Float32Array {
  const of = (given: number | readonly number[], channel: number, otherwise: number) =>
    typeof given === 'number' ? given : (given[channel] ?? given[0] ?? otherwise);
  return Float32Array.from({ length: channels * 256 }, (_, index) => {
    const level = index % 256;
    const channel = Math.floor(index / 256);
    return type === 'uint8' ? level : (level * scale - of(mean, channel, 0)) / of(std, channel, 1);
  });
}
