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
  /** The data by the model's inputs. */
  readonly inputs: ReadonlyMap<string, NdArray>;
  /** Writes the model with new values, in one step. */
  save(file: string, weights: Weights): Promise<void>;
}
