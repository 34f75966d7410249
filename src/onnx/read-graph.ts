import type { FieldReader } from '../formats/protobuf.ts';
import type {
  Attribute,
  FunctionDefinition,
  Graph,
  Node,
  OpsetImport,
  SparseTensor,
  Tensor,
  ValueInfo,
} from './model.ts';
import { readAttribute } from './read-attribute.ts';
import { readSparseTensor, readTensor } from './read-tensor.ts';
import { readValueInfo } from './read-value.ts';
import type { Reading } from '../formats/protobuf-reading.ts';

/** Shared by the many nodes without attributes. */
const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map();

/** Reads a GraphProto. Inputs and outputs of the main graph must be typed, a subgraph's need not. */
export function readGraph(reading: Reading, reader: FieldReader, path: string): Graph {
  const main = path === 'graph';
  const nodes: Node[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const initializers: Tensor[] = [];
  const sparseInitializers: SparseTensor[] = [];
  const valueInfo: ValueInfo[] = [];
  let name = '';
  const each = <T>(list: T[], field: string, read: (message: FieldReader, at: string) => T) => {
    const at = `${path}.${field}[${list.length}]`;
    const message = reading.enter(reader, at);
    if (message) list.push(read(message, at));
  };
  while (reading.next(reader, path)) {
    switch (reader.number) {
      case 1:
        each(nodes, 'node', (message, at) => readNode(reading, message, at));
        break;
      case 2:
        name = reading.text(reader, path);
        break;
      case 5:
        each(initializers, 'initializer', (message, at) => readTensor(reading, message, at));
        break;
      case 11:
        each(inputs, 'input', (message, at) => readValueInfo(reading, message, at, main));
        break;
      case 12:
        each(outputs, 'output', (message, at) => readValueInfo(reading, message, at, main));
        break;
      case 13:
        each(valueInfo, 'value_info', (message, at) => readValueInfo(reading, message, at, false));
        break;
      case 15:
        each(sparseInitializers, 'sparse_initializer', (message, at) =>
          readSparseTensor(reading, message, at),
        );
        break;
    }
  }
  return { name, nodes, inputs, outputs, initializers, sparseInitializers, valueInfo };
}

/** Reads a NodeProto. */
export function readNode(reading: Reading, reader: FieldReader, path: string): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let attributes: Map<string, Attribute> | undefined;
  let name = '';
  let opType = '';
  let domain = '';
  while (reading.next(reader, path)) {
    switch (reader.number) {
      case 1:
      case 2:
        reading.count(reader.start, path);
        (reader.number === 1 ? inputs : outputs).push(reading.text(reader, path));
        break;
      case 3:
        name = reading.text(reader, path);
        break;
      case 4:
        opType = reading.text(reader, path);
        break;
      case 5:
        attributes ??= new Map();
        addAttribute(reading, reader, attributes, path);
        break;
      case 7:
        domain = reading.text(reader, path);
        break;
    }
  }
  return { name, domain, opType, inputs, outputs, attributes: attributes ?? NO_ATTRIBUTES };
}

function addAttribute(
  reading: Reading,
  reader: FieldReader,
  attributes: Map<string, Attribute>,
  path: string,
): void {
  const message = reading.enter(reader, path);
  if (!message) return;
  const { name, attribute } = readAttribute(reading, message, path, readGraph);
  if (attributes.has(name)) {
    reading.problems.add('inconsistent', `attribute '${name}' appears twice`, reader.start, path);
    return;
  }
  attributes.set(name, attribute);
}

/** Reads a FunctionProto. */
export function readFunction(
  reading: Reading,
  reader: FieldReader,
  path: string,
): FunctionDefinition {
  const texts = { name: '', domain: '', overload: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: Node[] = [];
  const opsetImports: OpsetImport[] = [];
  while (reading.next(reader, path)) {
    switch (reader.number) {
      case 1:
        texts.name = reading.text(reader, path);
        break;
      case 4:
      case 5:
        reading.count(reader.start, path);
        (reader.number === 4 ? inputs : outputs).push(reading.text(reader, path));
        break;
      case 7: {
        const at = `${path}.node[${nodes.length}]`;
        const message = reading.enter(reader, at);
        if (message) nodes.push(readNode(reading, message, at));
        break;
      }
      case 9: {
        const message = reading.enter(reader, path);
        if (message) opsetImports.push(readOpsetImport(reading, message, path));
        break;
      }
      case 10:
        texts.domain = reading.text(reader, path);
        break;
      case 13:
        texts.overload = reading.text(reader, path);
        break;
    }
  }
  return { ...texts, inputs, outputs, nodes, opsetImports };
}

/** Reads an OperatorSetIdProto; `ai.onnx` is the long name of the default domain. */
export function readOpsetImport(reading: Reading, reader: FieldReader, path: string): OpsetImport {
  let domain = '';
  let version = 0;
  while (reading.next(reader, path)) {
    if (reader.number === 1) domain = reading.text(reader, path);
    else if (reader.number === 2) version = reader.number64;
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version };
}
