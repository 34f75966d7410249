/**
 * The tests of Debian's libonnx-testdata through the threads that evaluate runs models in: whatever
 * Python's onnxruntime gets right must come out within the same tolerance.
 * Needs scripts/peers/onnx-answers.sh and `npm run build`.
 *
 *     tsx bench/evaluate/onnx-testdata.ts
 */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/errors.ts';
import { ELEMENT_BYTES, viewOf, type ElementType } from '../../src/formats/nd-array.ts';
import { halfToNumber } from '../../src/formats/half.ts';
import type { Feeds, Tensor } from '../../src/inference/protocol.ts';
import { Scheduler } from '../../src/inference/scheduler.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const RTOL = 1e-3;
const ATOL = 1e-5;

interface PackedArray {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Base64; null for texts. */
  readonly data: string | null;
}

interface Case {
  readonly name: string;
  readonly model: string;
  readonly python: string;
  readonly inputs?: readonly PackedArray[];
  readonly outputs?: readonly PackedArray[];
}

async function main(): Promise<void> {
  const scheduler = await Scheduler.start({
    runtime: path.join(root, 'node_modules/onnxruntime-node'),
    limitMs: 60_000,
    provider: 'cpu',
    worker: path.join(root, 'build/inference/inference-worker.js'),
  });
  const outcomes = new Map<string, string[]>();
  const note = (outcome: string, name: string) => {
    outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), name]);
  };
  const lines = createInterface(
    createReadStream(path.join(root, '.peers/onnx-answers/cases.jsonl')),
  );
  for await (const line of lines) {
    const given = JSON.parse(line) as Case;
    if (given.python !== 'right') note(`Python: ${given.python.split(':')[0] ?? ''}`, given.name);
    else note(await outcome(scheduler, given), given.name);
  }
  scheduler.close();
  for (const [what, names] of outcomes) {
    const shown = what === 'right' ? '' : `: ${names.join(', ')}`;
    process.stdout.write(`${String(names.length).padStart(5)} ${what}${shown}\n`);
  }
  const failed = [...outcomes.keys()].some((what) => what.startsWith('WRONG'));
  if (failed) process.exitCode = 1;
}

async function outcome(scheduler: Scheduler, { name, model, inputs = [], outputs = [] }: Case) {
  const feeds: Record<string, Tensor> = {};
  for (const input of inputs) {
    const tensor = tensorOf(input);
    if (!tensor) return `no tensors of numbers (${input.type})`;
    feeds[input.name] = tensor;
  }
  try {
    const lease = await scheduler.load({ file: model, bytes: 0, subject: name });
    try {
      for (const expected of outputs) {
        const tensor = tensorOf(expected);
        if (!tensor) return `no tensors of numbers (${expected.type})`;
        const run = {
          kind: 'run',
          model: lease.model.id,
          feeds: feeds as Feeds,
          output: expected.name,
        } as const;
        const ran = await lease.thread.ask(run, name);
        if (!equal(ran.tensor, tensor)) return `WRONG (output ${expected.name})`;
      }
      return 'right';
    } finally {
      lease.release();
    }
  } catch (thrown) {
    return `WRONG (${messageOf(thrown).slice(0, 150)})`;
  }
}

function tensorOf({ type, shape, data }: PackedArray): Tensor | undefined {
  if (data === null || !Object.hasOwn(ELEMENT_BYTES, type)) return undefined;
  const elementType = type as ElementType;
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  return { elementType, shape, values: viewOf(elementType, bytes) };
}

function equal(ours: Tensor, theirs: Tensor): boolean {
  if (ours.shape.join() !== theirs.shape.join()) return false;
  const [a, b] = [ours, theirs].map(({ elementType, values }) =>
    Array.from<number | bigint, number>(values, (value) =>
      elementType === 'float16' ? halfToNumber(Number(value)) : Number(value),
    ),
  ) as [number[], number[]];
  return a.every((value, at) => {
    const other = b[at] ?? NaN;
    if (value === other || (Number.isNaN(value) && Number.isNaN(other))) return true;
    return Math.abs(value - other) <= ATOL + RTOL * Math.abs(other);
  });
}

await main();
