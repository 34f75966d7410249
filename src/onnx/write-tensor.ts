import type { SparseTensor, Tensor, TensorData } from './model.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import { optionalText, unwritable, writeKeyValues } from './write-fields.ts';

/** Field numbers of TensorProto and SparseTensorProto. */
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, external: 13, location: 14 } as const;
const SPARSE_TENSOR = { values: 1, indices: 2, dims: 3 } as const;
const EXTERNAL_LOCATION = 1;

export function writeTensor(writer: ProtobufWriter, tensor: Tensor): void {
  for (const dim of tensor.dims) writer.integer(TENSOR.dims, dim);
  writer.integer(TENSOR.dataType, tensor.dataType);
  optionalText(writer, TENSOR.name, tensor.name);
  writeTensorData(writer, tensor.name, tensor.data);
}

export function writeSparseTensor(writer: ProtobufWriter, sparse: SparseTensor): void {
  writer.message(SPARSE_TENSOR.values, (child) => {
    writeTensor(child, sparse.values);
  });
  writer.message(SPARSE_TENSOR.indices, (child) => {
    writeTensor(child, sparse.indices);
  });
  for (const dim of sparse.dims) writer.integer(SPARSE_TENSOR.dims, dim);
}

function writeTensorData(writer: ProtobufWriter, name: string, data: TensorData): void {
  switch (data.kind) {
    case 'bytes':
      writer.bytes(TENSOR.rawData, data.bytes);
      return;
    case 'external':
      writeKeyValues(writer, TENSOR.external, data.entries);
      writer.integer(TENSOR.location, EXTERNAL_LOCATION);
      return;
    case 'none':
      return;
    case 'file':
    case 'typed':
      throw unwritable(`the tensor '${name}', whose values were not loaded,`);
  }
}
