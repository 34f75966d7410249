import type { Tensor } from '../../../onnx/model.ts';
import { countOf, layoutOf, rawBytes } from '../../../onnx/tensor-layout.ts';
import { tensorsOf } from '../../../onnx/walk.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/tensor-size',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The bytes of a tensor must be what its dims and type say. A runtime that trusts the dims reads beyond them.',
  fails: 'dims [4, 8] of FLOAT with 127 bytes',
  passes: 'dims [4, 8] of FLOAT with 128 bytes',
  *check({ model }) {
    for (const { tensor, path } of tensorsOf(model)) {
      const message = problemOf(tensor);
      if (message !== undefined) yield { message, location: path };
    }
  },
});

function problemOf({ dims, dataType, data }: Tensor): string | undefined {
  const shape = `[${dims.join(', ')}]`;
  const count = countOf(dims);
  if (count === undefined) return `its dims ${shape} are negative`;
  const layout = layoutOf(dataType);
  if (!layout || data.kind === 'external') return undefined;
  if (data.kind === 'typed') {
    if (data.field !== layout.field) return `type ${dataType} does not stand in ${data.field}`;
    const needed = Math.ceil(Number(count) * layout.valuesPerElement);
    return data.count === needed
      ? undefined
      : `its dims ${shape} need ${needed} values and it has ${data.count}`;
  }
  if (data.kind === 'none')
    return count === 0n ? undefined : `its dims ${shape} need values and it has none`;
  const bytes = rawBytes(dataType, dims);
  if (bytes === undefined) return 'strings cannot stand in raw_data';
  const length = data.kind === 'file' ? data.length : data.bytes.length;
  return bytes === BigInt(length)
    ? undefined
    : `its dims ${shape} need ${bytes.toString()} bytes and it has ${length}`;
}
