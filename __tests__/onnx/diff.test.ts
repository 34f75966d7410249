import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import { diffModels } from '../../src/onnx/diff/index.ts';
import { interfaceChanges } from '../../src/onnx/diff/interface.ts';
import type { Graph, Model, ValueInfo } from '../../src/onnx/model.ts';
import { encodeModel } from '../../src/onnx/write.ts';
import { endless, linear } from '../evaluation/models.ts';
import { withWeights } from './weights.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'diff '));
});

async function diff(before: Uint8Array, after: Uint8Array) {
  const names = [before, after].map(() => path.join(folder, `${files++}.onnx`));
  const [old = '', now = ''] = names;
  await writeFile(old, before);
  await writeFile(now, after);
  return diffModels(old, now);
}

const graph = (inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Graph => ({
  name: 'g',
  nodes: [],
  inputs,
  outputs,
  initializers: [],
  sparseInitializers: [],
  valueInfo: [],
});

const port = (name: string, dims: ValueInfo['dims'], elementType = 1) => ({
  name,
  elementType,
  dims,
});

describe('weights', () => {
  test('the same model has no difference', async () => {
    const same = linear([
      [1, 2],
      [3, 4],
    ]);
    expect(await diff(same, same)).toMatchObject({
      interface: [],
      opsets: [],
      operators: [],
      weights: { unchanged: 1, changes: [], notFinite: [] },
    });
  });

  test('how far values moved, relative to their size', async () => {
    const { weights } = await diff(
      linear([
        [3, 0],
        [0, 4],
      ]),
      linear([
        [3, 0],
        [0, 4.5],
      ]),
    );
    expect(weights.changes).toMatchObject([{ name: 'w', change: 'values' }]);
    expect(weights.changes[0]?.distance).toBeCloseTo(0.1, 6);
  });

  test('another shape, another operator', async () => {
    const found = await diff(
      linear([
        [1, 2],
        [3, 4],
      ]),
      linear(
        [
          [1, 2, 3],
          [3, 4, 5],
        ],
        { softmax: true },
      ),
    );
    expect(found.weights.changes).toMatchObject([
      { change: 'reshaped', note: '[2, 2] became [2, 3]' },
    ]);
    expect(found.operators).toEqual([{ name: 'Softmax', before: 0, after: 1 }]);
    expect(found.nodes).toEqual({ before: 1, after: 2 });
  });

  test('operators inside a loop count', async () => {
    const found = await diff(
      linear([
        [1, 2],
        [3, 4],
      ]),
      endless(),
    );
    expect(found.operators).toContainEqual({ name: 'Add', before: 0, after: 1 });
    expect(found.weights.changes).toContainEqual(
      expect.objectContaining({ name: 'w', change: 'removed' }),
    );
  });

  test('what is no model is an error', async () => {
    await expect(diff(linear([[1], [1]]), Buffer.from('<html>'))).rejects.toThrow(UserError);
  });
});

describe('the metadata', () => {
  const described = (changes: Partial<Model>) => encodeModel({ ...withWeights({}), ...changes });

  test('producer, versions, description and properties, each with what it was', async () => {
    const { metadata } = await diff(
      described({
        producerName: 'pytorch',
        producerVersion: '2.1',
        docString: 'first',
        metadata: new Map([
          ['author', 'ada'],
          ['kept', 'same'],
        ]),
      }),
      described({
        producerName: 'pytorch',
        producerVersion: '2.4',
        modelVersion: 2,
        metadata: new Map([
          ['kept', 'same'],
          ['date', 'today'],
        ]),
      }),
    );
    expect(metadata).toEqual([
      { name: 'producer', before: 'pytorch 2.1', after: 'pytorch 2.4' },
      { name: 'model version', before: undefined, after: '2' },
      { name: 'description', before: 'first', after: undefined },
      { name: 'metadata.author', before: 'ada', after: undefined },
      { name: 'metadata.date', before: undefined, after: 'today' },
    ]);
  });

  test('a novel in a property is cut', async () => {
    const { metadata } = await diff(
      described({}),
      described({ metadata: new Map([['licence', 'x'.repeat(100_000)]]) }),
    );
    expect(metadata[0]?.after).toHaveLength(10_001);
  });
});

describe('the interface', () => {
  const breaking = (before: Graph, after: Graph) =>
    interfaceChanges(before, after).map((change) => change.breaking);

  test.each([
    ['the same', ['n', 2], ['n', 2], []],
    ['another name of a free axis', ['n', 2], ['batch', 2], []],
    ['a free axis that is fixed', ['n', 2], [1, 2], [true]],
    ['a fixed axis that is freed', [1, 2], ['n', 2], [false]],
    ['another size', ['n', 2], ['n', 3], [true]],
    ['another rank', ['n', 2], ['n', 2, 1], [true]],
  ] as const)('an input with %s', (_, before, after, expected) => {
    const [old, now] = [graph([port('x', before)], []), graph([port('x', after)], [])];
    expect(breaking(old, now)).toEqual(expected);
  });

  test('an output breaks by another number, not by a freer declaration', () => {
    const free = graph([], [port('y', ['n', 2])]);
    expect(breaking(free, graph([], [port('y', [1, 2])]))).toEqual([false]);
    expect(breaking(graph([], [port('y', [1, 2])]), free)).toEqual([false]);
    expect(breaking(free, graph([], [port('y', ['n', 3])]))).toEqual([true]);
    expect(breaking(free, graph([], [port('y', ['n'])]))).toEqual([true]);
    expect(breaking(free, graph([], [port('y', undefined)]))).toEqual([false]);
  });

  test('names, types, additions', () => {
    expect(breaking(graph([port('x', [1])], []), graph([port('z', [1])], []))).toEqual([
      true,
      true,
    ]);
    expect(breaking(graph([port('x', [1])], []), graph([port('x', [1], 11)], []))).toEqual([true]);
    expect(breaking(graph([], []), graph([], [port('extra', [1])]))).toEqual([false]);
  });

  test('nothing differs from itself', () => {
    const dims = fc.array(fc.oneof(fc.nat(9), fc.constant('n'), fc.constant(null)), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 5 }), dims, (names, shape) => {
        const ports = names.map((name) => port(name, shape));
        expect(interfaceChanges(graph(ports, ports), graph(ports, ports))).toEqual([]);
      }),
    );
  });
});
