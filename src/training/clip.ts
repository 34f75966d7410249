import type { GraphBuilder } from '../onnx/builder.ts';
import { int } from '../onnx/attributes.ts';
import { DATA_TYPE } from '../onnx/model.ts';

/** Keeps the division defined; the value of PyTorch's clip_grad_norm_. */
const EPSILON = 1e-6;

/**
 * Scales all gradients so that their common Euclidean norm is at most `limit`, as PyTorch's
 * clip_grad_norm_ does.
 */
export function clipByNorm(
  builder: GraphBuilder,
  gradients: ReadonlyMap<string, string>,
  limit: number,
): ReadonlyMap<string, string> {
  const scalar = (value: number) => builder.constant(DATA_TYPE.float, [], [value]);
  const squares = Array.from(gradients.values(), (gradient) =>
    builder.op('ReduceSumSquare', [gradient], { keepdims: int(0) }),
  );
  const norm = builder.op('Sqrt', [builder.op('Sum', squares)]);
  const ratio = builder.op('Div', [scalar(limit), builder.op('Add', [norm, scalar(EPSILON)])]);
  const factor = builder.op('Min', [ratio, scalar(1)]);
  return new Map(
    Array.from(gradients, ([name, gradient]) => [name, builder.op('Mul', [gradient, factor])]),
  );
}
