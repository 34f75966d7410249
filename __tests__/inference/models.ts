import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Batch } from '../../src/data/index.ts';
import { Scheduler, type SchedulerOptions } from '../../src/inference/scheduler.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { DATA_TYPE } from '../../src/onnx/model.ts';
import { bytesOf } from '../evaluation/models.ts';
import { root } from '../cli/model-ci.ts';

export const runtime = path.join(root, 'node_modules/onnxruntime-node');
export const worker = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** A scheduler with the real ONNX Runtime in a thread. */
export function schedule(options: Partial<SchedulerOptions> = {}): Promise<Scheduler> {
  return Scheduler.start({ runtime, limitMs: 30_000, provider: 'cpu', worker, ...options });
}

/** Writes a model and says what a scheduler wants to know. */
export async function source(model: Uint8Array, { bytes = 1, subject = 'a model' } = {}) {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'inference ')), 'model.onnx');
  await writeFile(file, model);
  return { file, bytes, subject };
}

/** What becomes of the tokens of a text. */
type Reading = 'masked sum' | 'mean with padding' | 'each token' | 'share of the batch';

/** A model of `ids` and `mask`, both [texts, tokens]. */
export function reader(reading: Reading): Uint8Array {
  const builder = new GraphBuilder();
  const [ids, mask] = ['ids', 'mask'].map((name) =>
    builder.op('Cast', [builder.input(name, DATA_TYPE.int64, ['n', 'tokens'])], {
      to: { type: 'int', value: BigInt(DATA_TYPE.float) },
    }),
  ) as [string, string];
  const masked = builder.op('Mul', [ids, mask]);
  const axis = builder.integers([1]);
  const sum = builder.op('ReduceSum', [masked, axis]);
  const outputs: Record<Reading, () => string> = {
    'masked sum': () => sum,
    'mean with padding': () => {
      const size = builder.op('Cast', [builder.op('Size', [ids])], {
        to: { type: 'int', value: BigInt(DATA_TYPE.float) },
      });
      return builder.op('Div', [sum, size]);
    },
    'each token': () => builder.op('Add', [masked, masked]),
    'share of the batch': () => builder.op('Div', [sum, builder.op('ReduceSum', [sum])]),
  };
  builder.node('Identity', [outputs[reading]()], ['answer']);
  builder.output('answer', DATA_TYPE.float, ['n', 'm']);
  return bytesOf(builder.graph('reader'));
}

/** Texts of the given lengths; token `t` of text `i` is 10 * i + t + 1. */
export function texts(lengths: readonly number[], side: 'left' | 'right' = 'right'): Batch {
  const longest = Math.max(...lengths);
  const tokens = (value: (row: number, at: number) => number) => {
    const values = new BigInt64Array(lengths.length * longest);
    lengths.forEach((length, row) => {
      const shift = side === 'left' ? longest - length : 0;
      for (let at = 0; at < length; at++) {
        values[row * longest + shift + at] = BigInt(value(row, at));
      }
    });
    return { elementType: 'int64', shape: [lengths.length, longest], values } as const;
  };
  const padding = { value: 0, side };
  return {
    from: 0,
    count: lengths.length,
    inputs: new Map([
      ['ids', tokens((row, at) => 10 * row + at + 1)],
      ['mask', tokens(() => 1)],
    ]),
    columns: new Map(),
    lengths: Int32Array.from(lengths),
    padded: new Map([
      ['ids', padding],
      ['mask', padding],
    ]),
  };
}
