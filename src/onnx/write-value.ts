import type { ValueInfo } from './model.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

/** Field numbers of ValueInfoProto and TypeProto. */
const VALUE_INFO = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1, elementType: 1, shape: 2, dim: 1, dimValue: 1, dimName: 2 } as const;

export function writeValueInfo(writer: ProtobufWriter, info: ValueInfo): void {
  writer.text(VALUE_INFO.name, info.name);
  const { elementType, dims } = info;
  if (elementType === undefined) return;
  writer.message(VALUE_INFO.type, (type) => {
    type.message(TYPE.tensor, (tensor) => {
      tensor.integer(TYPE.elementType, elementType);
      if (!dims) return;
      tensor.message(TYPE.shape, (shape) => {
        for (const dim of dims) {
          shape.message(TYPE.dim, (child) => {
            if (typeof dim === 'number') child.integer(TYPE.dimValue, dim);
            else if (dim !== null) child.text(TYPE.dimName, dim);
          });
        }
      });
    });
  });
}
