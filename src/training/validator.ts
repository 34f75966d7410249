import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { NdArray } from '../formats/nd-array.ts';
import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import { DATA_TYPE } from '../onnx/model.ts';
import { toValues } from '../onnx/element-type.ts';
import { batchesPerEpoch, takeBatches } from './batches.ts';
import { sessionOptions } from './device.ts';
import type { Scores, TrainingData, TrainingSettings } from './events.ts';
import { takeRows } from './examples.ts';
import type { LossGraph } from './loss-graph.ts';
import { createSession } from './probe.ts';
import { runtimeTensor } from './tensors.ts';

/** Measures a model on examples that it is not trained on, with the weights of the moment. */
export class Validator {
  private readonly runtime: OnnxRuntime;
  private readonly session: InferenceSession;
  private readonly graph: LossGraph;
  private readonly data: TrainingData;
  private readonly changed: ReadonlyMap<string, readonly number[]>;

  private constructor(
    runtime: OnnxRuntime,
    session: InferenceSession,
    graph: LossGraph,
    data: TrainingData,
    changed: ReadonlyMap<string, readonly number[]>,
  ) {
    this.runtime = runtime;
    this.session = session;
    this.graph = graph;
    this.data = data;
    this.changed = changed;
  }

  /**
   * @param graph with running statistics; it is changed
   * @param changed the initializers that training changes: they become inputs
   */
  static async create(
    runtime: OnnxRuntime,
    graph: LossGraph,
    data: TrainingData,
    changed: readonly string[],
    settings: Pick<TrainingSettings, 'threads' | 'device'>,
  ): Promise<Validator> {
    const { builder, loss, correct } = graph;
    const shapes = new Map<string, readonly number[]>();
    for (const name of changed) {
      const dims = builder.initializers.get(name)?.dims ?? [];
      builder.initializers.delete(name);
      builder.input(name, DATA_TYPE.float, dims);
      shapes.set(name, dims);
    }
    builder.outputs.length = 0;
    for (const name of [loss, ...(correct === undefined ? [] : [correct])]) {
      builder.output(name, DATA_TYPE.float, []);
    }
    const model = { ...graph.model, graph: builder.graph('validation') };
    const session = await createSession(runtime, model, sessionOptions(settings));
    return new Validator(runtime, session, graph, data, shapes);
  }

  /** @param weights by the name of the initializer */
  async scores(weights: ReadonlyMap<string, Uint8Array>): Promise<Scores> {
    const { runtime, graph, data } = this;
    const feeds: Record<string, Tensor> = {};
    for (const [name, dims] of this.changed) {
      const values = toValues(DATA_TYPE.float, weights.get(name) ?? new Uint8Array());
      feeds[name] = runtimeTensor(runtime, 'float32', values, dims);
    }
    const examples = data.labels.shape[0] ?? 0;
    const order = Int32Array.from({ length: examples }, (_, index) => index);
    let loss = 0;
    let correct = 0;
    for (let first = 0; first < batchesPerEpoch(examples, graph.batchSize); first++) {
      const batch = takeBatches(order, graph.batchSize, first, 1);
      const rows = Array.from(batch.indices, Number);
      for (const [name, array] of data.inputs) feeds[name] = this.tensor(takeRows(array, rows));
      feeds[graph.labels.name] = this.tensor(takeRows(data.labels, rows));
      feeds[graph.weights] = runtimeTensor(runtime, 'float32', batch.weights, [graph.batchSize]);
      const results = await this.session.run(feeds);
      loss += scalar(results[graph.loss]) * batch.examples;
      if (graph.correct !== undefined) correct += scalar(results[graph.correct]);
    }
    return {
      loss: loss / examples,
      accuracy: graph.correct === undefined ? undefined : correct / examples,
    };
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private tensor(array: NdArray): Tensor {
    return runtimeTensor(this.runtime, array.elementType, array.values, array.shape);
  }
}

function scalar(tensor: Tensor | undefined): number {
  return Number((tensor?.data as Float32Array | undefined)?.[0]);
}
