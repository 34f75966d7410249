import { GraphBuilder } from '../../src/onnx/builder.ts';
import { DATA_TYPE, type Model, type Tensor } from '../../src/onnx/model.ts';

/** A model with these weights, and little else. */
export function withWeights(weights: Readonly<Record<string, Tensor>>): Model {
  const builder = new GraphBuilder();
  builder.input('x', DATA_TYPE.float, ['n']);
  builder.node('Identity', ['x'], ['y']);
  builder.output('y', DATA_TYPE.float, ['n']);
  const initializers = Object.entries(weights).map(([name, tensor]) => ({ ...tensor, name }));
  return {
    irVersion: 8,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: 17 }],
    graph: { ...builder.graph('weights'), initializers },
    functions: [],
    metadata: new Map(),
  };
}

/** A vector of these bytes. */
export function vector(dataType: number, count: number, bytes: Uint8Array): Tensor {
  return { name: '', dataType, dims: [count], data: { kind: 'bytes', bytes } };
}

export function floats(...values: number[]): Tensor {
  return vector(DATA_TYPE.float, values.length, bytesOf(Float32Array.from(values)));
}

export function doubles(...values: number[]): Tensor {
  return vector(DATA_TYPE.double, values.length, bytesOf(Float64Array.from(values)));
}

/** The bits of float16 or bfloat16. */
export function halves(dataType: number, ...bits: number[]): Tensor {
  return vector(dataType, bits.length, bytesOf(Uint16Array.from(bits)));
}

function bytesOf({ buffer }: Float32Array | Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer);
}
