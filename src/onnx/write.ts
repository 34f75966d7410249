import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type {
  Attribute,
  Graph,
  Model,
  Node,
  OpsetImport,
  SparseTensor,
  Tensor,
  TensorData,
  ValueInfo,
} from './model.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Protocol Buffers stop here; larger models keep their weights in files beside them. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Field numbers of onnx.proto, IR version 13 (github.com/onnx/onnx, onnx/onnx.proto). */
const MODEL = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  domain: 4,
  modelVersion: 5,
  docString: 6,
  graph: 7,
  opsetImport: 8,
  metadata: 14,
} as const;
const OPSET_IMPORT = { domain: 1, version: 2 } as const;
const KEY_VALUE = { key: 1, value: 2 } as const;
const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;
const SPARSE_TENSOR = { values: 1, indices: 2, dims: 3 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, external: 13, location: 14 } as const;
const VALUE_INFO = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1, elementType: 1, shape: 2, dim: 1, dimValue: 1, dimName: 2 } as const;
const ATTRIBUTE = { name: 1, type: 20 } as const;
/** AttributeProto: the field that holds the value, and the number of its type. */
const ATTRIBUTE_VALUE = {
  float: { field: 2, type: 1 },
  int: { field: 3, type: 2 },
  string: { field: 4, type: 3 },
  tensor: { field: 5, type: 4 },
  graph: { field: 6, type: 5 },
  floats: { field: 7, type: 6 },
  ints: { field: 8, type: 7 },
  strings: { field: 9, type: 8 },
  tensors: { field: 10, type: 9 },
  graphs: { field: 11, type: 10 },
} as const;
const EXTERNAL_LOCATION = 1;

/**
 * A model as the bytes of a ModelProto, in pieces; the same model gives the same bytes.
 * @param model its tensors in memory (`kind: 'bytes'`) or in files beside it (`external`)
 * @throws UserError for what `Model` does not hold whole: local functions, and values that
 * are still in the file that they were read from
 */
export function modelChunks(model: Model): readonly Uint8Array[] {
  if (model.functions.length > 0) throw unwritable('local functions');
  const writer = new ProtobufWriter();
  writer.integer(MODEL.irVersion, model.irVersion);
  optionalText(writer, MODEL.producerName, model.producerName);
  optionalText(writer, MODEL.producerVersion, model.producerVersion);
  optionalText(writer, MODEL.domain, model.domain);
  if (model.modelVersion !== 0) writer.integer(MODEL.modelVersion, model.modelVersion);
  optionalText(writer, MODEL.docString, model.docString);
  writer.message(MODEL.graph, (child) => {
    writeGraph(child, model.graph);
  });
  for (const opset of model.opsetImports) {
    writer.message(MODEL.opsetImport, (child) => {
      writeOpset(child, opset);
    });
  }
  writeKeyValues(writer, MODEL.metadata, model.metadata);
  if (writer.length > MAX_MODEL_BYTES) throw tooLarge(writer.length);
  return writer.chunks();
}

/** A model as one array of bytes, for a runtime that wants it whole. */
export function encodeModel(model: Model): Uint8Array {
  return Buffer.concat(modelChunks(model));
}

/** Writes `file` in one step: it holds the old bytes or the new ones, never a part of them. */
export async function writeModel(file: string, model: Model): Promise<void> {
  const chunks = modelChunks(model);
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${process.pid}.${Date.now().toString(36)}.tmp`,
  );
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

function writeGraph(writer: ProtobufWriter, graph: Graph): void {
  if (graph.sparseInitializers.length > 0) throw unwritable('sparse initializers');
  for (const node of graph.nodes) {
    writer.message(GRAPH.node, (child) => {
      writeNode(child, node);
    });
  }
  optionalText(writer, GRAPH.name, graph.name);
  for (const tensor of graph.initializers) {
    writer.message(GRAPH.initializer, (child) => {
      writeTensor(child, tensor);
    });
  }
  for (const sparse of graph.sparseInitializers) {
    writer.message(GRAPH.sparseInitializer, (child) => {
      writeSparseTensor(child, sparse);
    });
  }
  const values: readonly (readonly [number, readonly ValueInfo[]])[] = [
    [GRAPH.input, graph.inputs],
    [GRAPH.output, graph.outputs],
    [GRAPH.valueInfo, graph.valueInfo],
  ];
  for (const [field, infos] of values) {
    for (const info of infos) {
      writer.message(field, (child) => {
        writeValueInfo(child, info);
      });
    }
  }
}

function writeNode(writer: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) writer.text(NODE.input, input);
  for (const output of node.outputs) writer.text(NODE.output, output);
  optionalText(writer, NODE.name, node.name);
  writer.text(NODE.opType, node.opType);
  for (const [name, attribute] of node.attributes) {
    writer.message(NODE.attribute, (child) => {
      child.text(ATTRIBUTE.name, name);
      writeAttributeValue(child, name, attribute);
    });
  }
  optionalText(writer, NODE.domain, node.domain);
}

function writeAttributeValue(writer: ProtobufWriter, name: string, attribute: Attribute): void {
  if (attribute.type === 'reference' || attribute.type === 'other') {
    throw unwritable(`the attribute '${name}'`);
  }
  const { field, type } = ATTRIBUTE_VALUE[attribute.type];
  const tensor = (value: Tensor) => {
    writer.message(field, (child) => {
      writeTensor(child, value);
    });
  };
  const graph = (value: Graph) => {
    writer.message(field, (child) => {
      writeGraph(child, value);
    });
  };
  switch (attribute.type) {
    case 'float':
      writer.float(field, attribute.value);
      break;
    case 'int':
      writer.integer(field, attribute.value);
      break;
    case 'string':
      writer.text(field, attribute.value);
      break;
    case 'tensor':
      tensor(attribute.value);
      break;
    case 'graph':
      graph(attribute.value);
      break;
    case 'floats':
      for (const value of attribute.value) writer.float(field, value);
      break;
    case 'ints':
      for (const value of attribute.value) writer.integer(field, value);
      break;
    case 'strings':
      for (const value of attribute.value) writer.text(field, value);
      break;
    case 'tensors':
      attribute.value.forEach(tensor);
      break;
    case 'graphs':
      attribute.value.forEach(graph);
      break;
  }
  writer.integer(ATTRIBUTE.type, type);
}

function writeTensor(writer: ProtobufWriter, tensor: Tensor): void {
  for (const dim of tensor.dims) writer.integer(TENSOR.dims, dim);
  writer.integer(TENSOR.dataType, tensor.dataType);
  optionalText(writer, TENSOR.name, tensor.name);
  writeTensorData(writer, tensor.name, tensor.data);
}

function writeSparseTensor(writer: ProtobufWriter, sparse: SparseTensor): void {
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

function writeValueInfo(writer: ProtobufWriter, info: ValueInfo): void {
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

function writeOpset(writer: ProtobufWriter, opset: OpsetImport): void {
  // The default domain is written too, as onnx's own tools do.
  writer.text(OPSET_IMPORT.domain, opset.domain);
  writer.integer(OPSET_IMPORT.version, opset.version);
}

function writeKeyValues(
  writer: ProtobufWriter,
  field: number,
  entries: ReadonlyMap<string, string>,
): void {
  for (const [key, value] of entries) {
    writer.message(field, (child) => {
      child.text(KEY_VALUE.key, key);
      child.text(KEY_VALUE.value, value);
    });
  }
}

function optionalText(writer: ProtobufWriter, field: number, value: string): void {
  if (value !== '') writer.text(field, value);
}

function unwritable(what: string): UserError {
  return new UserError(`${what} cannot be written to an ONNX file`, {
    hint: 'Export the model without it.',
  });
}

function tooLarge(length: number): UserError {
  return new UserError(`the model takes ${length} bytes, and one ONNX file holds 2 GiB`, {
    hint: 'Keep its weights as external data beside it.',
  });
}
