import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { NdArray } from '../formats/nd-array.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import { bytesOf, toValues } from '../onnx/element-type.ts';
import { DATA_TYPE } from '../onnx/model.ts';
import type { Batches } from './batches.ts';
import { sessionOptions } from './device.ts';
import type { TrainingData, TrainingSettings } from './events.ts';
import { createSession } from './probe.ts';
import { runtimeTensor } from './tensors.ts';
import type { Carried, TrainingLoop } from './training-loop.ts';

/** What some steps of training gave, a value for each step that ran. */
export interface StepResults {
  readonly losses: Float32Array;
  /** Examples that were classified correctly; undefined where labels are not classes. */
  readonly corrects: Float32Array | undefined;
}

/** What the steps of one run are fed with. */
export interface StepFeeds {
  readonly batches: Batches;
  /** For each scalar of the optimizer, its value at each step. */
  readonly scalars: readonly Float32Array[];
  /** For each mask of the loop, its values at each step. */
  readonly masks: readonly Uint8Array[];
}

type Buffers = Map<string, Tensor>;

/**
 * Runs the training loop. The tensors that go from step to step live in two sets of buffers,
 * which change places: one is read while the other is written, and nothing is copied.
 */
export class Stepper {
  private readonly runtime: OnnxRuntime;
  private readonly session: InferenceSession;
  private readonly loop: TrainingLoop;
  private readonly data: Readonly<Record<string, Tensor>>;
  private current: Buffers;
  private next: Buffers;

  private constructor(
    runtime: OnnxRuntime,
    session: InferenceSession,
    loop: TrainingLoop,
    data: TrainingData,
  ) {
    this.runtime = runtime;
    this.session = session;
    this.loop = loop;
    this.data = dataTensors(runtime, loop, data);
    this.current = carriedBuffers(runtime, loop.carried, (tensor) => tensor.initial);
    this.next = carriedBuffers(runtime, loop.carried, () => undefined);
  }

  static async create(
    runtime: OnnxRuntime,
    loop: TrainingLoop,
    data: TrainingData,
    settings: Pick<TrainingSettings, 'threads' | 'device'>,
  ): Promise<Stepper> {
    const session = await createSession(runtime, loop.model, {
      ...sessionOptions(settings),
      // The level above moves pooling into another layout, and weights that change cannot follow.
      graphOptimizationLevel: 'extended',
    });
    return new Stepper(runtime, session, loop, data);
  }

  async run({ batches, scalars, masks }: StepFeeds): Promise<StepResults> {
    const { loop, runtime } = this;
    const { count, indices, weights } = batches;
    const dims = [count, indices.length / count];
    const feeds: Record<string, Tensor> = {
      ...this.data,
      [loop.stepCount]: runtimeTensor(runtime, 'int64', BigInt64Array.of(BigInt(count)), []),
      [loop.indices]: runtimeTensor(runtime, 'int64', indices, dims),
      [loop.weights]: runtimeTensor(runtime, 'float32', weights, dims),
    };
    loop.scalars.forEach((name, index) => {
      feeds[name] = runtimeTensor(runtime, 'float32', scalars[index] ?? new Float32Array(), [
        count,
      ]);
    });
    loop.masks.forEach(({ name, dims: one }, index) => {
      const values = masks[index] ?? new Uint8Array();
      feeds[name] = runtimeTensor(runtime, 'uint8', values, [count, ...one]);
    });
    const fetches: Record<string, Tensor | null> = { [loop.losses]: null };
    if (loop.corrects !== undefined) fetches[loop.corrects] = null;
    for (const { name, before, after } of loop.carried) {
      feeds[before] = tensorOf(this.current, name);
      fetches[after] = tensorOf(this.next, name);
    }
    const results = await this.session.run(feeds, fetches);
    [this.current, this.next] = [this.next, this.current];
    return {
      losses: floats(results[loop.losses]),
      corrects: loop.corrects === undefined ? undefined : floats(results[loop.corrects]),
    };
  }

  /** Parameters and optimizer state as they are now; overwritten by the next but one run. */
  state(): ReadonlyMap<string, Uint8Array> {
    return new Map(
      Array.from(this.current, ([name, tensor]) => [name, bytesOf(tensor.data as Float32Array)]),
    );
  }

  /** Goes on from what `state` gave before. */
  restore(state: ReadonlyMap<string, Uint8Array>): void {
    for (const [name, bytes] of state) {
      bytesOf(tensorOf(this.current, name).data as Float32Array).set(bytes);
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function dataTensors(
  runtime: OnnxRuntime,
  loop: TrainingLoop,
  data: TrainingData,
): Readonly<Record<string, Tensor>> {
  const tensors: Record<string, Tensor> = { [loop.labels]: whole(runtime, data.labels) };
  for (const [name, array] of data.inputs) {
    const input = loop.inputs.get(name);
    if (input !== undefined) tensors[input] = whole(runtime, array);
  }
  return tensors;
}

function whole(runtime: OnnxRuntime, array: NdArray): Tensor {
  return runtimeTensor(runtime, array.elementType, array.values, array.shape);
}

function carriedBuffers(
  runtime: OnnxRuntime,
  carried: readonly Carried[],
  initial: (tensor: Carried) => Uint8Array | undefined,
): Buffers {
  return new Map(
    carried.map((tensor) => {
      const values = new Float32Array(elementCount(tensor.dims));
      const start = initial(tensor);
      if (start) values.set(toValues(DATA_TYPE.float, start) as Float32Array);
      return [tensor.name, runtimeTensor(runtime, 'float32', values, tensor.dims)];
    }),
  );
}

function tensorOf(buffers: Buffers, name: string): Tensor {
  const tensor = buffers.get(name);
  if (tensor) return tensor;
  throw new Error(`'${name}' is not carried`);
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error('the training loop gave no losses');
}
