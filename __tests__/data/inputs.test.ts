import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { openDataSet, readWhole, takeExamples, type Batch } from '../../src/data/index.ts';
import { decodeImage } from '../../src/data/inputs/decode-image.ts';
import { resample } from '../../src/data/inputs/resample.ts';
import { inputDescription } from '../../src/project/data-description.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const json = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(fixtures, name), 'utf8')) as unknown;

interface Resized {
  readonly name: string;
  readonly resize: readonly [number, number];
  readonly channels: string;
  readonly levels: string;
}

/** JPEG may be decoded to neighbouring levels; PNG is exact. */
const JPEG_TOLERANCE = 4;

async function imagesOf(steps: object, size = 64): Promise<Batch> {
  const inputs = { x: inputDescription.parse({ image: steps }) };
  const source = 'images';
  return readWhole(
    await openDataSet(fixtures, { source, inputs, columns: ['path', 'class'] }),
    size,
  );
}

describe('images as Pillow prepares them', () => {
  const cases = json('resized.json') as Resized[];
  const sizes = [
    ...new Set(cases.map(({ resize, channels }) => JSON.stringify({ resize, channels }))),
  ];

  test.each(sizes)('%s', async (settings) => {
    const { resize, channels } = JSON.parse(settings) as Resized;
    const given = { resize, channels, layout: 'nhwc', type: 'uint8' };
    const { inputs, columns, count } = await imagesOf(given, 1e9);
    const { values, shape } = inputs.get('x')!;
    expect(shape).toEqual([6, ...resize, channels === 'gray' ? 1 : 3]);
    const names = columns.get('path')!;
    for (let row = 0; row < count; row++) {
      const name = names.kind === 'texts' ? names.values[row]! : '';
      const wanted = cases.find(
        (one) =>
          one.name === name && String(one.resize) === String(resize) && one.channels === channels,
      )!;
      const levels = inflateSync(Buffer.from(wanted.levels, 'base64'));
      const size = levels.length;
      let off = 0;
      for (let at = 0; at < size; at++) {
        off = Math.max(off, Math.abs(Number(values[row * size + at]) - levels[at]!));
      }
      expect([name, off <= (name.endsWith('.jpg') ? JPEG_TOLERANCE : 0), off]).toEqual([
        name,
        true,
        off,
      ]);
    }
  });

  test('normalised, channels first, cut out', async () => {
    const plain = await imagesOf(
      { resize: [20, 20], crop: 10, layout: 'nhwc', type: 'uint8' },
      1e9,
    );
    const given = { resize: [20, 20], crop: 10, channels: 'bgr', mean: [0.1, 0.2, 0.3], std: 2 };
    const { inputs } = await imagesOf(given, 1e9);
    const { values, shape } = inputs.get('x')!;
    expect(shape).toEqual([6, 3, 10, 10]);
    const levels = plain.inputs.get('x')!.values;
    for (const [row, channel, y, x] of [
      [0, 0, 3, 4],
      [5, 1, 9, 0],
      [2, 2, 0, 9],
    ] as const) {
      const level = Number(levels[((row * 10 + y) * 10 + x) * 3 + (2 - channel)]);
      const value = (level / 255 - [0.1, 0.2, 0.3][channel]!) / 2;
      expect(Number(values[((row * 3 + channel) * 10 + y) * 10 + x])).toBeCloseTo(value, 6);
    }
  });

  test('images of other sizes are named', async () => {
    await expect(imagesOf({}, 1e9)).rejects.toThrow(/images\/cat\/noise\.png: has 64 x 48 pixels/);
    await expect(imagesOf({ crop: 60 }, 1e9)).rejects.toThrow('37 x 53 pixels where 60 x 60');
  });

  test('an even picture stays even, whatever the sizes', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.integer({ min: 0, max: 255 }),
        (h, w, th, tw, level) => {
          const data = new Uint8Array(h * w * 3).fill(level);
          const image = resample({ height: h, width: w, channels: 3, data }, th, tw);
          return image.data.length === th * tw * 3 && image.data.every((value) => value === level);
        },
      ),
    );
  });
});

describe('images that are an attack', () => {
  const png = readFileSync(path.join(fixtures, 'images/cat/gradient.png'));
  const jpg = readFileSync(path.join(fixtures, 'images/dog/smooth.jpg'));
  const decode = (bytes: Uint8Array) => decodeImage({ name: 'a.png', bytes });

  test('a claim of many pixels', () => {
    const huge = Buffer.from(png);
    huge.writeUInt32BE(0x7fffffff, 16);
    expect(() => decode(huge)).toThrow('claims 2147483647 x 37 pixels');
    const wide = Buffer.from(jpg);
    const frame = wide.indexOf(Buffer.from([0xff, 0xc0]));
    wide.writeUInt16BE(0xffff, frame + 5);
    wide.writeUInt16BE(0xffff, frame + 7);
    expect(() => decode(wide)).toThrow('cannot be decoded');
  });

  test('no image at all', () => {
    expect(() => decode(Buffer.from('<svg/>'))).toThrow('is neither PNG nor JPEG');
    expect(() => decode(new Uint8Array())).toThrow('is neither PNG nor JPEG');
  });

  test.each([
    ['png', png],
    ['jpg', jpg],
  ])('cut off or changed anywhere: %s', (_, whole) => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes[at] = byte;
        try {
          return decode(bytes).data.length > 0;
        } catch (thrown) {
          return thrown instanceof Error && thrown.name === 'UserError';
        }
      }),
      { numRuns: 300 },
    );
  });
});

interface Tokens {
  readonly tokenizer: string;
  readonly length: number;
  readonly pairs: boolean;
  readonly ids: number[][];
  readonly types: number[][];
  readonly mask: number[][];
}

describe("texts as Python's tokenizers gives them", () => {
  const read = async ({ tokenizer, length, pairs }: Omit<Tokens, 'ids' | 'types' | 'mask'>) => {
    const text = {
      tokenizer: `${tokenizer}.tokenizer.json`,
      'max-length': length,
      ...(pairs && { pair: 'pair' }),
    };
    const input = (give: string) => inputDescription.parse({ text: { ...text, give } });
    const inputs = {
      ids: input('ids'),
      mask: input('attention-mask'),
      types: input('token-types'),
    };
    return readWhole(await openDataSet(fixtures, { source: 'texts.jsonl', inputs }));
  };
  const lists = (batch: Batch, name: string): number[][] => {
    const { values, shape } = batch.inputs.get(name)!;
    const [rows = 0, width = 0] = shape;
    return Array.from({ length: rows }, (_, row) =>
      Array.from(values.subarray(row * width, (row + 1) * width) as never, Number),
    );
  };

  const cases = json('tokens.json') as Tokens[];
  test.each(cases.map((one) => [`${one.tokenizer} ${one.length} ${one.pairs}`, one] as const))(
    '%s',
    async (_, wanted) => {
      const batch = await read(wanted);
      expect(lists(batch, 'ids')).toEqual(wanted.ids);
      expect(lists(batch, 'mask')).toEqual(wanted.mask);
      expect(lists(batch, 'types')).toEqual(wanted.types);
      expect(Array.from(batch.lengths!)).toEqual(
        wanted.mask.map((mask) => mask.reduce((sum, one) => sum + one, 0)),
      );
    },
  );

  test('chosen examples are padded to the longest of them only', async () => {
    const batch = await read({ tokenizer: 'bert', length: 512, pairs: false });
    const rows = [8, 1, 0];
    const taken = takeExamples(batch, rows);
    const longest = Math.max(...rows.map((row) => batch.lengths![row]!));
    expect(taken.inputs.get('ids')!.shape).toEqual([3, longest]);
    expect(lists(taken, 'ids')).toEqual(
      rows.map((row) => lists(batch, 'ids')[row]!.slice(0, longest)),
    );
  });
});
