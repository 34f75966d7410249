import { realpath } from 'node:fs/promises';
import { codeOf, UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import type { Graph, Model, Tensor } from '../onnx/model.ts';
import { patchModel } from '../onnx/patch.ts';
import { raiseModel } from '../onnx/raise.ts';
import { readSoundModel } from '../onnx/read.ts';
import { loadedTensor } from '../onnx/tensor.ts';
import { writeModel } from '../onnx/write.ts';
import { OPSET } from './architecture.ts';
import { withNewHead } from './new-head.ts';
import { checkStatistics, sharingNotice } from './shared-weights.ts';
import { selectParameters, type TrainSelection } from './parameters.ts';
import { withWeights, type TrainableModel } from './trainable-model.ts';

/**
 * An existing file, to be trained further. A working copy in today's operator set is trained; the
 * file that is saved is the user's own, but for the values that changed.
 * @param label the file as the user named it
 * @param inputs model input -> data; '' for the only input, whatever it is called
 */
export async function openModel(
  file: string,
  label: string,
  inputs: ReadonlyMap<string, NdArray>,
  {
    selection,
    statistics,
    dropout,
    newHead,
  }: {
    readonly selection: TrainSelection;
    /** `running` by default: a few examples must not replace what the file learned from many. */
    readonly statistics: TrainableModel['statistics'];
    readonly dropout: boolean;
    /** Replaces the last layer; undefined to keep it. */
    readonly newHead: { readonly outputs: number; readonly seed: number } | undefined;
  },
): Promise<TrainableModel> {
  const source = await resolveFile(file, label);
  const original = await readSoundModel(source);
  const raised = raiseModel(original, OPSET, (tensor) => loadedTensor(source, tensor));
  const model = newHead ? withNewHead(raised, newHead.outputs, newHead.seed) : raised;
  const trained = selectParameters(model.graph, selection);
  if (statistics === 'batch') checkStatistics(model.graph);
  const stored = storedTensors(original);
  return {
    model,
    trained,
    statistics,
    dropout,
    inputs: byName(model.graph, inputs),
    notice: sharingNotice(model.graph, trained),
    async save(target, weights) {
      if (newHead) {
        // Nothing of the file could stay as it was: the working copy is what is written.
        await writeModel(target, withWeights(model, weights));
        return;
      }
      const replacements = Array.from(weights, ([name, bytes]) => {
        const tensor = stored.get(name);
        if (!tensor) throw new Error(`'${name}' is not in the file`);
        return { tensor, bytes };
      });
      await patchModel(source, target, replacements);
    },
  };
}

async function resolveFile(file: string, label: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
    throw new UserError(`${label} does not exist`, {
      hint: "Set 'model: from' to an ONNX file.",
      place: { file: label },
    });
  }
}

/** Tensors as they lie in the file, by the name that they have in the working copy. */
function storedTensors({ graph }: Model): ReadonlyMap<string, Tensor> {
  const stored = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  for (const node of graph.nodes.filter(({ opType }) => opType === 'Constant')) {
    const value = node.attributes.get('value');
    if (value?.type === 'tensor') stored.set(node.outputs[0] ?? '', value.value);
  }
  return stored;
}

function byName(graph: Graph, inputs: ReadonlyMap<string, NdArray>): ReadonlyMap<string, NdArray> {
  const names = graph.inputs.map(({ name }) => name);
  const single = inputs.get('');
  if (single && names.length === 1) return new Map([[names[0] ?? '', single]]);
  const unknown = [...inputs.keys()].find((name) => !names.includes(name));
  if (unknown === undefined) return inputs;
  throw new UserError(
    unknown === '' ? `the model has ${names.length} inputs` : `the model has no input '${unknown}'`,
    { hint: `Name an array for each under 'data: input:': ${names.join(', ')}.` },
  );
}
