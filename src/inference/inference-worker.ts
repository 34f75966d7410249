/**
 * A thread that runs models: ONNX Runtime blocks the thread that asks it for an answer. It takes
 * requests one at a time and knows nothing but ONNX Runtime.
 */
import { parentPort } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { messageOf } from '../errors.ts';
import { elementCount, viewOf, type ElementType, type Values } from '../formats/nd-array.ts';
import { openRuntime, type OnnxRuntime } from './onnxruntime.ts';
import { inBatches, joined } from './batches.ts';
import { openSession } from './session.ts';
import { copied, memoryOf } from './shared-memory.ts';
import type {
  Answer,
  Answers,
  Feeds,
  Lane,
  LoadedModel,
  Port,
  RacePlan,
  Ran,
  Request,
  RequestOf,
  Tensor,
} from './protocol.ts';

let runtime: OnnxRuntime | undefined;
const sessions = new Map<number, InferenceSession>();
let loaded = 0;

function opened(): OnnxRuntime {
  if (runtime) return runtime;
  throw new Error('the runtime was not opened');
}

function sessionOf(model: number): InferenceSession {
  const session = sessions.get(model);
  if (session) return session;
  throw new Error(`no model ${model} is loaded`);
}

async function load(request: RequestOf<'load'>): Promise<LoadedModel> {
  const before = process.memoryUsage.rss();
  const { session, ...by } = await openSession(opened(), request);
  loaded += 1;
  sessions.set(loaded, session);
  return {
    id: loaded,
    inputs: session.inputMetadata.map(port),
    outputs: session.outputMetadata.map(port),
    ...by,
    residentBytes: Math.max(0, process.memoryUsage.rss() - before),
  };
}

async function unload(model: number): Promise<null> {
  await sessionOf(model).release();
  sessions.delete(model);
  return null;
}

function port(metadata: InferenceSession.ValueMetadata): Port {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: metadata.shape }
    : { name: metadata.name, type: undefined, shape: [] };
}

type OrtFeeds = InferenceSession.OnnxValueMapType;

/**
 * What a session takes: arrays in memory of this thread alone, as Node-API refuses any other.
 * @param memoryFor gives memory for the array of an input
 */
function toOrt(feeds: Feeds, memoryFor: (input: string, bytes: number) => ArrayBuffer): OrtFeeds {
  const { Tensor } = opened();
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { elementType, shape, values }]) => {
      const own = copied(values, memoryFor(name, values.byteLength));
      return [name, new Tensor(elementType, own as never, shape)];
    }),
  );
}

/** By input; used again and again, so that it stays in the processor's cache. */
const memories = new Map<string, ArrayBuffer>();

/** Memory for an input of the batch that runs. */
function memoryOfBatch(input: string, bytes: number): ArrayBuffer {
  const known = memories.get(input);
  if (known && known.byteLength >= bytes) return known;
  const memory = new ArrayBuffer(bytes);
  memories.set(input, memory);
  return memory;
}

async function run({ model, feeds, output, batch }: RequestOf<'run'>): Promise<Ran> {
  const session = sessionOf(model);
  const parts: Tensor[] = [];
  const start = performance.now();
  for (const part of inBatches(feeds, batch)) parts.push(await answerOf(session, part, output));
  const tensor = joined(parts);
  const ms = performance.now() - start;
  return { tensor, ms, residentBytes: process.memoryUsage.rss() };
}

async function answerOf(session: InferenceSession, feeds: Feeds, output: string): Promise<Tensor> {
  const results = await session.run(toOrt(feeds, memoryOfBatch), [output]);
  const result = results[output];
  if (!result || !ArrayBuffer.isView(result.data)) {
    throw new Error(`output '${output}' is not a tensor of numbers`);
  }
  const elementType = result.type as ElementType;
  const values = exactCopy(elementType, result.data, result.dims);
  result.dispose();
  return { elementType, shape: result.dims, values };
}

/** The runtime may hand out a view into a larger buffer, which would be sent as a whole. */
function exactCopy(type: ElementType, values: Values, shape: readonly number[]): Values {
  const copy = new Uint8Array(elementCount(shape) * values.BYTES_PER_ELEMENT);
  copy.set(new Uint8Array(values.buffer, values.byteOffset, copy.length));
  return viewOf(type, copy);
}

/**
 * Runs the lanes in turn on the same example, the first of a round changing each time, so that
 * whatever the machine does meanwhile hits all of them alike.
 */
async function race(lanes: readonly Lane[], plan: RacePlan): Promise<Float64Array[]> {
  const ready = lanes.map(({ model, feeds }) => ({
    session: sessionOf(model),
    feeds: feeds.map((example) => toOrt(example, (_, bytes) => new ArrayBuffer(bytes))),
    samples: new Float64Array(plan.maxRounds),
  }));
  for (const { session, feeds } of ready) await warmUp(session, feeds, plan);
  const start = performance.now();
  let rounds = 0;
  while (rounds < plan.maxRounds) {
    if (rounds >= plan.minRounds && performance.now() - start > plan.budgetMs) break;
    for (let turn = 0; turn < ready.length; turn++) {
      const lane = ready[(rounds + turn) % ready.length];
      if (lane) lane.samples[rounds] = await timed(lane.session, exampleOf(lane.feeds, rounds));
    }
    rounds += 1;
  }
  return ready.map(({ samples }) => samples.slice(0, rounds));
}

async function warmUp(session: InferenceSession, feeds: OrtFeeds[], plan: RacePlan): Promise<void> {
  const start = performance.now();
  for (
    let round = 0;
    round < plan.warmUpRounds || performance.now() - start < plan.warmUpMs;
    round++
  ) {
    await session.run(exampleOf(feeds, round));
  }
}

function exampleOf(feeds: readonly OrtFeeds[], round: number): OrtFeeds {
  return feeds[round % feeds.length] ?? {};
}

async function timed(session: InferenceSession, feeds: OrtFeeds): Promise<number> {
  const start = performance.now();
  await session.run(feeds);
  return performance.now() - start;
}

async function answer(request: Request): Promise<Answers[keyof Answers]> {
  switch (request.kind) {
    case 'open':
      runtime = openRuntime(request.runtime);
      return null;
    case 'load':
      return load(request);
    case 'unload':
      return unload(request.model);
    case 'run':
      return run(request);
    case 'race':
      return race(request.lanes, request.plan);
  }
}

/** Requests are answered one by one: a race must have the machine for itself. */
let last: Promise<unknown> = Promise.resolve();

parentPort?.on('message', (request: Request) => {
  const send = (given: Answer, memory: ArrayBuffer[] = []) => {
    parentPort?.postMessage(given, memory);
  };
  last = last
    .then(() => answer(request))
    .then(
      (value) => {
        send({ ok: true, value }, memoryOf(value));
      },
      (thrown: unknown) => {
        send({ ok: false, message: messageOf(thrown) });
      },
    );
});
