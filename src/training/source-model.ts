import path from 'node:path';
import { UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import { dataTypeOf } from '../onnx/element-type.ts';
import { writeModel } from '../onnx/write.ts';
import { buildModel, INPUT } from './architecture.ts';
import { openModel } from './existing-model.ts';
import { withWeights, type TrainableModel } from './trainable-model.ts';
import type { FitSpec } from './spec.ts';

/**
 * The model that the spec asks for: a fresh one out of layers, or an existing file.
 * @param inputs model input -> data; '' for the only input, whatever it is called
 * @param file what `from` stands for, where it is no path
 */
export async function modelFor(
  spec: FitSpec,
  folder: string,
  inputs: ReadonlyMap<string, NdArray>,
  file?: string,
): Promise<TrainableModel> {
  const { layers, from } = spec.model;
  if (from !== undefined) {
    if (spec.data.scale !== 1) {
      throw new UserError("'scale' is given together with 'model: from'", {
        hint: 'An existing model takes the data as they are: remove it, or scale the data.',
      });
    }
    return openModel(file ?? path.resolve(folder, from), from, inputs, {
      selection: spec.model.train ?? 'head',
      statistics: spec.model['batch-norm'] ?? 'running',
      dropout: spec.model.dropout ?? false,
      newHead:
        spec.model.head === undefined ? undefined : { outputs: spec.model.head, seed: spec.seed },
    });
  }
  return freshModel(spec, layers ?? [], inputs);
}

function freshModel(
  spec: FitSpec,
  layers: NonNullable<FitSpec['model']['layers']>,
  inputs: ReadonlyMap<string, NdArray>,
): TrainableModel {
  const array = inputs.get('') ?? inputs.get(INPUT);
  if (!array || inputs.size > 1) {
    throw new UserError('a model out of layers has one input', {
      hint: "Name one array as 'input' under 'data'.",
    });
  }
  const model = buildModel({
    layers,
    input: { dataType: dataTypeOf(array.elementType), dims: array.shape.slice(1) },
    scale: spec.data.scale,
    seed: spec.seed,
  });
  // Constants of the layers have generated names; parameters are called layer.parameter.
  const trained = model.graph.initializers
    .map(({ name }) => name)
    .filter((name) => name.includes('.') && !name.includes('.running-'));
  return {
    model,
    trained,
    statistics: 'batch',
    dropout: true,
    inputs: new Map([[INPUT, array]]),
    save: (file, weights) => writeModel(file, withWeights(model, weights)),
  };
}
