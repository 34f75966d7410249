import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NdArray } from '../../src/formats/nd-array.ts';
import type { Batch } from '../../src/data/index.ts';
import { Engine } from '../../src/inference/engine.ts';
import type { Scheduler } from '../../src/inference/scheduler.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { DATA_TYPE } from '../../src/onnx/model.ts';
import { bytesOf } from '../evaluation/models.ts';
import { reader, schedule, source, texts } from './models.ts';

let scheduler: Scheduler;
beforeAll(async () => {
  scheduler = await schedule();
});
afterAll(() => {
  scheduler.close();
});

async function answered(model: Uint8Array, ...windows: Batch[]) {
  const engine = await Engine.open({
    scheduler,
    source: await source(model),
    goal: 'throughput',
  });
  for (const window of windows) await engine.answer(window);
  const outputs = await engine.outputs();
  engine.release();
  return { ...outputs, ...engine.conduct(), engine };
}

const lengths = [3, 1, 40, 2, 17, 5, 5, 9, 1, 30, 4, 2];
const sums = lengths.map((length, row) => 10 * row * length + (length * (length + 1)) / 2);

describe('Engine', () => {
  test('sorts by length where padding changes nothing, and answers in the order of the input', async () => {
    const found = await answered(reader('masked sum'), texts(lengths));
    expect(found).toMatchObject({ alone: true, byLength: true, rowShape: [1] });
    expect([...found.values]).toEqual(sums);
    expect(found.engine.feedsOfOne(texts(lengths), 3).ids?.shape).toEqual([1, 2]);
  });

  test('windows follow one another', async () => {
    const first = texts(lengths.slice(0, 7));
    const second = { ...texts([6, 2]), from: 7 };
    const found = await answered(reader('masked sum'), first, second);
    expect([...found.values]).toEqual([...sums.slice(0, 7), 21, 23]);
  });

  test('while the next window is read, time does not count as that of the model', async () => {
    const engine = await Engine.open({
      scheduler,
      source: await source(reader('masked sum')),
      goal: 'throughput',
    });
    await engine.answer(texts(lengths));
    const start = performance.now();
    // As reading does that leaves this thread no time to hear of answers.
    while (performance.now() - start < 1500);
    expect([...(await engine.outputs()).values]).toEqual(sums);
    engine.release();
    // A rate is told where the model ran for a second.
    expect(engine.conduct().rate).toBeUndefined();
  });

  test('a model that counts its padding is given it as the data have it', async () => {
    const found = await answered(reader('mean with padding'), texts([2, 4, 2, 4]));
    expect(found).toMatchObject({ alone: false, byLength: false });
    expect(found.engine.feedsOfOne(texts([2, 4]), 0).ids?.shape).toEqual([1, 4]);
    const sum = (row: number, length: number) => 10 * row * length + (length * (length + 1)) / 2;
    const expected = [sum(0, 2), sum(1, 4), sum(2, 2), sum(3, 4)].map((value) =>
      Math.fround(value / 16),
    );
    expect([...found.values]).toEqual(expected);
  });

  test('a model that looks at the whole batch is found out too', async () => {
    const found = await answered(reader('share of the batch'), texts([3, 3, 3, 3]));
    expect(found.alone).toBe(false);
    expect(found.values.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  test.each(['left', 'right'] as const)(
    'answers by token are filled up on the %s, as the inputs are',
    async (side) => {
      const found = await answered(reader('each token'), texts([1, 3], side), {
        ...texts([4, 2], side),
        from: 2,
      });
      expect(found).toMatchObject({ byLength: true, rowShape: [4] });
      const rows = [[2], [22, 24, 26], [2, 4, 6, 8], [22, 24]];
      const filled = rows.map((row) => {
        const zeros = new Array<number>(4 - row.length).fill(0);
        return side === 'left' ? [...zeros, ...row] : [...row, ...zeros];
      });
      expect([...found.values]).toEqual(filled.flat());
    },
  );

  const single = ['x', 'state'];
  test.each([single, single.toReversed()])(
    'a model of %s that takes one example at a time gets each by itself',
    async (...names) => {
      const builder = new GraphBuilder();
      const shapes = { x: ['n', 2], state: [2, 'n'] };
      for (const name of names) builder.input(name, DATA_TYPE.float, shapes[name as 'x']);
      builder.input('rate', DATA_TYPE.int64, []);
      const rate = builder.op('Cast', ['rate'], { to: { type: 'int', value: 1n } });
      const moved = builder.op('Add', ['x', builder.op('Transpose', ['state'])]);
      builder.node('Mul', [moved, rate], ['y']);
      builder.output('y', DATA_TYPE.float, ['n', 2]);
      const array = (shape: readonly number[], values: readonly number[]) =>
        ({ elementType: 'float32', shape, values: Float32Array.from(values) }) as const;
      const found = await answered(bytesOf(builder.graph('stream')), {
        ...texts([1, 1, 1]),
        lengths: undefined,
        padded: new Map(),
        inputs: new Map<string, NdArray>([
          ['x', array([3, 2], [1, 2, 3, 4, 5, 6])],
          ['state', array([3, 2, 1], [10, 20, 30, 40, 50, 60])],
          ['rate', { elementType: 'int64', shape: [3], values: BigInt64Array.of(1n, 2n, 3n) }],
        ]),
      });
      expect(found).toMatchObject({ alone: undefined, setting: { batch: 1 }, rowShape: [2] });
      expect([...found.values]).toEqual([11, 22, 66, 88, 165, 198]);
    },
  );

  test('starts with what worked before', async () => {
    const experience = { setting: { threads: 1, batch: 2 }, rate: 1e-9 };
    const engine = await Engine.open({
      scheduler,
      source: await source(reader('masked sum')),
      goal: 'throughput',
      experience,
    });
    // With a thread for each, as many replicas as there are cores answer.
    await engine.answer(texts(lengths));
    expect([...(await engine.outputs()).values]).toEqual(sums);
    engine.release();
    expect(engine.conduct().setting).toEqual(experience.setting);
  });

  test('refuses data that the model does not take', async () => {
    const window = texts([2]);
    const one = new Map([...window.inputs].slice(0, 1));
    await expect(answered(reader('masked sum'), { ...window, inputs: one })).rejects.toThrow(
      "a model gets no 'mask'",
    );
  });
});
