import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf, UserError } from '../errors.ts';
import type { ElementType, Values } from '../formats/nd-array.ts';
import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import { dataTypeOf } from '../onnx/element-type.ts';
import type { Model } from '../onnx/model.ts';
import { encodeModel } from '../onnx/write.ts';
import { KnownValues } from './known-values.ts';

export type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Shape inference by execution: runs a graph once with every tensor as an output, so that no
 * operator needs a shape rule here. Shapes are those of the fed batch.
 * @throws UserError where ONNX Runtime refuses the model or the inputs
 */
export async function probe(
  runtime: OnnxRuntime,
  model: Model,
  feeds: Feeds,
): Promise<KnownValues> {
  const exposed = exposeAll(model);
  const session = await createSession(runtime, exposed, { graphOptimizationLevel: 'disabled' });
  try {
    const known = new KnownValues();
    for (const tensor of model.graph.initializers) known.addTensor(tensor);
    const results = await run(session, feeds);
    for (const [name, tensor] of [...Object.entries(feeds), ...Object.entries(results)]) {
      // Strings carry no gradient and no shape.
      if (tensor.type === 'string') continue;
      const elementType = dataTypeOf(tensor.type as ElementType);
      known.add(name, { elementType, dims: tensor.dims }, tensor.data as Values);
    }
    return known;
  } finally {
    await session.release();
  }
}

/** Makes a session of a model in memory. */
export async function createSession(
  runtime: OnnxRuntime,
  model: Model,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(encodeModel(model), {
      logSeverityLevel: 3,
      ...options,
    });
  } catch (cause) {
    throw new UserError(`ONNX Runtime does not take the model: ${messageOf(cause)}`, {
      hint: 'model-ci lint tells more about the file; the architecture may be inconsistent.',
      cause,
    });
  }
}

async function run(session: InferenceSession, feeds: Feeds): Promise<Feeds> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new UserError(`the model does not run on the data: ${messageOf(cause)}`, {
      hint: 'Compare the shapes of its input and of the data set.',
      cause,
    });
  }
}

/** Every tensor that a node makes becomes an output; its type is left for the runtime to find. */
function exposeAll(model: Model): Model {
  const names = model.graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== '');
  const outputs = names.map((name) => ({ name, elementType: undefined, dims: undefined }));
  return { ...model, graph: { ...model.graph, outputs } };
}
