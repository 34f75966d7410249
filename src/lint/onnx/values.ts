import { FieldReader } from '../../formats/protobuf.ts';
import type { Source } from '../../formats/source.ts';
import { DATA_TYPE, type Tensor } from '../../onnx/model.ts';

/** Index tensors that are looked through: 8 MB of them. */
const MAX_INTEGERS = 1_000_000;

/** The values of an int64 tensor, rounded beyond 2^53; undefined where they are not at hand. */
export function readIntegers(source: Source, tensor: Tensor): number[] | undefined {
  const { data, dataType } = tensor;
  if (dataType !== DATA_TYPE.int64) return undefined;
  if (data.kind === 'file' && data.length <= MAX_INTEGERS * 8) {
    const bytes = source.view(data.offset, data.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) =>
      Number(view.getBigInt64(index * 8, true)),
    );
  }
  if (data.kind !== 'typed' || data.count > MAX_INTEGERS) return undefined;
  return data.runs.flatMap(({ offset, length }) => {
    const reader = new FieldReader(source, offset, offset + length);
    const values: number[] = [];
    while (reader.position < reader.end) {
      reader.readVarint();
      values.push(reader.number64);
    }
    return values;
  });
}
