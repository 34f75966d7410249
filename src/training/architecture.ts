import { UserError } from '../errors.ts';
import { elementTypeOf } from '../onnx/element-type.ts';
import { int } from '../onnx/attributes.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE, type Model } from '../onnx/model.ts';
import { addLayer, kindOf, type LayerSettings } from './layers/index.ts';
import type { Flow } from './layers/layer.ts';
import { Random } from './random.ts';

/** What fresh models are written in: ONNX 1.15 (2023), which runtimes of today all read. */
export const OPSET = 20;
export const IR_VERSION = 9;

export const INPUT = 'input';
export const OUTPUT = 'output';

export interface Architecture {
  readonly layers: readonly LayerSettings[];
  /** The data's own element type (TensorProto.DataType) and the shape of one example. */
  readonly input: { readonly dataType: number; readonly dims: readonly number[] };
  /** Multiplied with every input value, inside the model; 1 for none. */
  readonly scale: number;
  readonly seed: number;
}

/**
 * A fresh model with PyTorch's initial values. It takes what the data set holds: casting and
 * scaling are its first nodes, so that whoever runs it later cannot forget them.
 */
export function buildModel({ layers, input, scale, seed }: Architecture): Model {
  const builder = new GraphBuilder();
  builder.input(INPUT, input.dataType, ['batch', ...input.dims]);
  let flow: Flow = { name: prepareInput(builder, input.dataType, scale), dims: input.dims };
  const counts = new Map<string, number>();
  for (const settings of layers) {
    const kind = kindOf(settings);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const name = `${kind}${count}`;
    flow = addLayer({ builder, name, random: Random.of(seed, 'initialize', name) }, flow, settings);
  }
  builder.node('Identity', [flow.name], [OUTPUT]);
  builder.output(OUTPUT, DATA_TYPE.float, ['batch', ...flow.dims]);
  return {
    irVersion: IR_VERSION,
    producerName: 'model-ci',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: OPSET }],
    graph: builder.graph('model'),
    functions: [],
    metadata: new Map(),
  };
}

function prepareInput(builder: GraphBuilder, dataType: number, scale: number): string {
  if (elementTypeOf(dataType) === undefined) {
    throw new UserError(`the input data are of ONNX data type ${dataType}`, {
      hint: 'Use numbers: uint8, int64, float32 ...',
    });
  }
  const values =
    dataType === DATA_TYPE.float
      ? INPUT
      : builder.op('Cast', [INPUT], { to: int(DATA_TYPE.float) });
  if (scale === 1) return values;
  return builder.op('Mul', [values, builder.constant(DATA_TYPE.float, [], [scale])]);
}
