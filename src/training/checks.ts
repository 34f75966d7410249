import { UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import { dataTypeName } from '../onnx/element-type.ts';
import { DATA_TYPE, type Model } from '../onnx/model.ts';
import type { LossSettings } from './losses.ts';

/** @throws UserError for settings of the loss that do not fit the model's output */
export function checkLoss(
  { name, classWeights }: LossSettings,
  output: readonly number[],
  { values }: NdArray,
): void {
  const classes = output.at(-1) ?? 0;
  if (classWeights && classWeights.length !== classes) {
    throw new UserError(`there are ${classWeights.length} class weights for ${classes} classes`, {
      hint: "Give one number a class in 'loss: class-weights'.",
    });
  }
  if (name !== 'binary-cross-entropy' || !(values instanceof Float32Array)) return;
  const bad = values.findIndex((value) => value < 0 || value > 1);
  if (bad === -1) return;
  throw new UserError(`label ${bad} is ${values[bad] ?? NaN}, no probability`, {
    hint: 'Binary cross-entropy needs labels from 0 to 1.',
  });
}

/** @throws UserError for an output that does not have one row for each example */
export function checkOutput(dims: readonly number[], batchSize: number): void {
  if (dims[0] === batchSize) return;
  throw new UserError(`the model gives [${dims.join(', ')}] for a batch of ${batchSize} examples`, {
    hint: 'The first dimension of its first output must be the batch.',
  });
}

const OTHER_FLOATS: ReadonlySet<number> = new Set([
  DATA_TYPE.float16,
  DATA_TYPE.bfloat16,
  DATA_TYPE.double,
]);

/** @throws UserError where there is nothing to train, or not in float32 */
export function checkTrained(model: Model, trained: readonly string[]): void {
  if (trained.length === 0) {
    const other = model.graph.initializers.find(({ dataType }) => OTHER_FLOATS.has(dataType));
    if (other) {
      throw new UserError(
        `the weights of the model are ${dataTypeName(other.dataType)}, such as '${other.name}'`,
        { hint: 'Only float32 weights can be trained: export the model in float32.' },
      );
    }
    throw new UserError('the model has nothing to train', {
      hint: "Add a layer with weights, such as 'dense'.",
    });
  }
  const tensors = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  for (const name of trained) {
    if (tensors.get(name)?.dataType === DATA_TYPE.float) continue;
    throw new UserError(`'${name}' is not a float32 tensor`, {
      hint: 'Only float32 weights can be trained: export the model in float32.',
    });
  }
}
