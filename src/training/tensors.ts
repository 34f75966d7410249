import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import type { ElementType, Values } from '../formats/nd-array.ts';
import type { Tensor } from 'onnxruntime-node';

/**
 * A tensor for ONNX Runtime over the memory of `values`, which is not copied, but where threads
 * share it: Node-API refuses that.
 */
export function runtimeTensor(
  runtime: OnnxRuntime,
  elementType: ElementType,
  values: Values,
  dims: readonly number[],
): Tensor {
  // The constructor is overloaded by element type; NdArray keeps type and values matched.
  const create = runtime.Tensor as unknown as new (
    type: ElementType,
    values: Values,
    dims: readonly number[],
  ) => Tensor;
  const shared = values.buffer instanceof SharedArrayBuffer;
  return new create(elementType, shared ? values.slice() : values, dims);
}
