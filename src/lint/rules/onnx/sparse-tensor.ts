import type { SparseTensor } from '../../../onnx/model.ts';
import { graphsOf } from '../../../onnx/walk.ts';
import { readIntegers } from '../../onnx/values.ts';
import { rule } from '../../rule.ts';
import type { OnnxSubject } from '../../subjects.ts';

export default rule({
  id: 'onnx/sparse-tensor',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The indices of a sparse tensor must be as many as its values, ascending, and within its shape: a runtime writes where they say.',
  fails: 'indices [9, 2] for a tensor of 8 elements',
  passes: 'indices [2, 5] for a tensor of 8 elements',
  *check(subject) {
    for (const { graph, path } of graphsOf(subject.model)) {
      for (const [index, sparse] of graph.sparseInitializers.entries()) {
        const message = problemOf(subject, sparse);
        if (message === undefined) continue;
        yield { message, location: `${path}.sparse_initializer[${index}] '${sparse.values.name}'` };
      }
    }
  },
});

function problemOf(
  subject: OnnxSubject,
  { values, indices, dims }: SparseTensor,
): string | undefined {
  const [count, ...rest] = values.dims;
  if (count === undefined || rest.length > 0) return 'its values are no vector';
  const [rows, rank = 1, ...more] = indices.dims;
  if (rows !== count) return `it has ${count} values and ${rows ?? 'no'} indices`;
  if (more.length > 0 || (indices.dims.length === 2 && rank !== dims.length)) {
    return `its indices [${indices.dims.join(', ')}] do not fit its ${dims.length} dimensions`;
  }
  const numbers = readIntegers(subject.source, indices);
  if (!numbers) return undefined;
  const linear = indices.dims.length === 2 ? toLinear(numbers, dims) : numbers;
  const total = dims.reduce((product, size) => product * size, 1);
  for (const [at, index] of linear.entries()) {
    if (!(index >= 0 && index < total)) return `index ${at} lies outside its shape`;
    if (at > 0 && index <= (linear[at - 1] ?? 0)) return `index ${at} is not in ascending order`;
  }
  return undefined;
}

/** Coordinates to positions in row-major order; NaN where one lies outside its dimension. */
function toLinear(numbers: readonly number[], dims: readonly number[]): number[] {
  const linear: number[] = [];
  for (let start = 0; start < numbers.length; start += dims.length) {
    let position = 0;
    for (const [axis, size] of dims.entries()) {
      const at = numbers[start + axis] ?? NaN;
      position = at >= 0 && at < size ? position * size + at : NaN;
    }
    linear.push(position);
  }
  return linear;
}
