import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tensor as tensorAttribute } from '../../src/onnx/attributes.ts';
import { diffModels } from '../../src/onnx/diff/index.ts';
import type { WeightsDiff } from '../../src/onnx/diff/weights.ts';
import { DATA_TYPE, type Model, type Tensor } from '../../src/onnx/model.ts';
import { encodeModel } from '../../src/onnx/write.ts';
import { doubles, floats, halves, vector, withWeights } from './weights.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'diff weights '));
});

async function written(model: Model): Promise<string> {
  const file = path.join(folder, `${files++}.onnx`);
  await writeFile(file, encodeModel(model));
  return file;
}

async function diff(before: Model, after: Model): Promise<WeightsDiff> {
  return (await diffModels(await written(before), await written(after))).weights;
}

const weights = (
  before: Readonly<Record<string, Tensor>>,
  after: Readonly<Record<string, Tensor>>,
) => diff(withWeights(before), withWeights(after));

const { float16, bfloat16, int4 } = DATA_TYPE;

describe('NaN and infinity', () => {
  test.each([
    ['changed', { w: floats(1, 2) }, { w: floats(1, NaN) }],
    ['unchanged', { w: floats(1, -Infinity) }, { w: floats(1, -Infinity) }],
    ['added', {}, { w: floats(1, Infinity) }],
    ['retyped', { w: floats(1, 2) }, { w: doubles(1, NaN) }],
    ['reshaped', { w: floats(1, 2) }, { w: floats(1, 2, NaN) }],
    ['float16', {}, { w: halves(float16, 0x3c00, 0x7c01) }],
    ['bfloat16', {}, { w: halves(bfloat16, 0x3f80, 0x7f80) }],
  ])('are named in a tensor that is %s', async (how, before, after) => {
    const { notFinite } = await weights(before, after);
    expect(notFinite).toEqual([{ name: 'w', already: how === 'unchanged' }]);
  });

  test('are not there where squares are merely too large', async () => {
    const { notFinite } = await weights({ w: doubles(1e300) }, { w: doubles(-1e300) });
    expect(notFinite).toEqual([]);
  });
});

describe('sparsity', () => {
  test('is the share of zeros, of each tensor that changed and of all together', async () => {
    const { changes, sparsity } = await weights(
      { w: floats(1, 2, 3, 4), same: floats(0, 1), gone: floats(0) },
      { w: floats(1, 0, -0, 4), same: floats(0, 1), more: halves(float16, 0x8000, 1) },
    );
    expect(changes).toMatchObject([
      { name: 'w', change: 'values', sparsity: { before: 0, after: 0.5 } },
      { name: 'more', change: 'added', sparsity: { before: undefined, after: 0.5 } },
      { name: 'gone', change: 'removed', sparsity: { before: 1, after: undefined } },
    ]);
    expect(sparsity).toEqual({ before: 2 / 7, after: 4 / 8 });
  });

  test('is not told of codes: the zero of a quantized tensor may be any of them', async () => {
    const bytes = (...values: number[]) =>
      vector(DATA_TYPE.uint8, values.length, Uint8Array.from(values));
    const { changes, sparsity } = await weights({ w: bytes(0, 1) }, { w: bytes(0, 2) });
    expect(changes).toMatchObject([{ change: 'values', sparsity: {} }]);
    expect(sparsity).toEqual({ before: undefined, after: undefined });
  });
});

describe('values', () => {
  test('of float16 and bfloat16 have a distance too', async () => {
    const { changes } = await weights(
      { half: halves(float16, 0x3c00), brain: halves(bfloat16, 0x3f80) },
      { half: halves(float16, 0x4000), brain: halves(bfloat16, 0x4000) },
    );
    expect(changes.map(({ distance }) => distance)).toEqual([1, 1]);
  });

  test('of four bits are compared by their bytes', async () => {
    const packed = (byte: number) => vector(int4, 2, Uint8Array.of(byte));
    const { changes, unchanged } = await weights(
      { a: packed(0x12), b: packed(0x12) },
      { a: packed(0x12), b: packed(0x13) },
    );
    expect(unchanged).toBe(1);
    expect(changes).toMatchObject([{ name: 'b', change: 'values', distance: undefined }]);
  });

  test('beyond one read are compared to the last', async () => {
    const many = (last: number) => floats(...new Array<number>(40_000).fill(1), last);
    const { changes } = await weights({ w: many(1) }, { w: many(201) });
    expect(changes[0]?.distance).toBeCloseTo(200 / Math.sqrt(40_001), 9);
  });

  test('of constants count, of subgraphs as well', async () => {
    const model = (value: number): Model => {
      const { graph, ...rest } = withWeights({});
      const attributes = new Map([['value', tensorAttribute(floats(value))]]);
      const node = { name: '', domain: '', opType: 'Constant', inputs: [], outputs: ['c'] };
      return { ...rest, graph: { ...graph, nodes: [...graph.nodes, { ...node, attributes }] } };
    };
    expect(await diff(model(1), model(2))).toMatchObject({
      changes: [{ name: 'c', change: 'values', distance: 1 }],
    });
  });

  test('that cannot be read are told, not taken for unchanged', async () => {
    const outside: Tensor = {
      ...floats(1),
      data: { kind: 'external', entries: new Map([['location', 'gone.bin']]) },
    };
    const { changes } = await weights({ w: floats(1) }, { w: outside });
    expect(changes).toMatchObject([
      { name: 'w', change: 'unread', note: expect.stringContaining('missing') as unknown },
    ]);
  });
});
