import type { NdArray } from '../formats/nd-array.ts';
import type { Model } from '../onnx/model.ts';
import type { Weights } from './events.ts';

/** A model on its way through training. */
export interface TrainableModel {
  /** All tensors in memory. */
  readonly model: Model;
  /** The initializers that training changes. */
  readonly trained: readonly string[];
  readonly statistics: 'batch' | 'running';
  readonly dropout: boolean;
  /** The data by the model's inputs. */
  readonly inputs: ReadonlyMap<string, NdArray>;
  /** What the user should know before it is trained. */
  readonly notice?: string | undefined;
  /** Writes the model with new values, in one step. */
  save(file: string, weights: Weights): Promise<void>;
}

/** The model with new values for some of its initializers. */
export function withWeights(model: Model, weights: Weights): Model {
  const initializers = model.graph.initializers.map((tensor) => {
    const bytes = weights.get(tensor.name);
    return bytes ? { ...tensor, data: { kind: 'bytes' as const, bytes } } : tensor;
  });
  return { ...model, graph: { ...model.graph, initializers } };
}
