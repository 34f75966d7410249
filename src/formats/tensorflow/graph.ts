import { WIRE, type FieldReader } from '../protobuf.ts';
import type { Reading } from '../protobuf-reading.ts';

/** A value that a node keeps, as far as rules need it. */
export interface Attribute {
  /** Text of a string attribute, of a string tensor, or of a list of strings. */
  readonly strings: readonly string[];
  /** The function that it names. */
  readonly functionName: string | undefined;
}

export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** Nodes that see each other: a graph, or the body of a function. */
export interface Scope {
  /** '' for the graph itself. */
  readonly name: string;
  readonly nodes: readonly Node[];
}

/** Strings kept of one attribute or tensor: paths and patterns are short lists. */
const MAX_STRINGS = 64;

/** Bytes kept of a string. Longer ones are data, such as a vocabulary or a serialised model. */
const MAX_STRING_BYTES = 4096;

/** Reads a GraphDef: its nodes, then those of each function in its library. */
export function readGraph(reading: Reading, graph: FieldReader, path: string): Scope[] {
  const nodes: Node[] = [];
  const functions: Scope[] = [];
  while (reading.next(graph, path)) {
    if (graph.number === 1) {
      const node = reading.enter(graph, path);
      if (node) nodes.push(readNode(reading, node, `${path}.node[${nodes.length}]`));
    } else if (graph.number === 2) {
      const library = reading.enter(graph, path);
      if (library) functions.push(...readLibrary(reading, library, path));
    }
  }
  return [{ name: '', nodes }, ...functions];
}

function readLibrary(reading: Reading, library: FieldReader, path: string): Scope[] {
  const functions: Scope[] = [];
  while (reading.next(library, path)) {
    if (library.number !== 1) continue;
    const body = reading.enter(library, path);
    if (body) functions.push(readFunction(reading, body, `${path}.function[${functions.length}]`));
  }
  return functions;
}

function readFunction(reading: Reading, body: FieldReader, path: string): Scope {
  const nodes: Node[] = [];
  let name = '';
  while (reading.next(body, path)) {
    if (body.number === 1) {
      const signature = reading.enter(body, path);
      if (signature) name = firstText(reading, signature, path);
    } else if (body.number === 3) {
      const node = reading.enter(body, path);
      if (node) nodes.push(readNode(reading, node, `${path}.node[${nodes.length}]`));
    }
  }
  return { name, nodes };
}

/** The text of field 1: the name, in most messages. */
function firstText(reading: Reading, message: FieldReader, path: string): string {
  let name = '';
  while (reading.next(message, path)) {
    if (message.number === 1) name = reading.text(message, path);
  }
  return name;
}

function readNode(reading: Reading, node: FieldReader, path: string): Node {
  const read = { name: '', op: '', inputs: [] as string[] };
  const attributes = new Map<string, Attribute>();
  while (reading.next(node, path)) {
    if (node.number === 1) read.name = reading.text(node, path);
    else if (node.number === 2) read.op = reading.text(node, path);
    else if (node.number === 3) read.inputs.push(reading.text(node, path));
    else if (node.number === 5) {
      const entry = reading.enter(node, path);
      if (entry) readAttribute(reading, entry, path, attributes);
    }
  }
  return { ...read, attributes };
}

/** An entry of the map of attributes: the key, then an AttrValue. */
function readAttribute(
  reading: Reading,
  entry: FieldReader,
  path: string,
  attributes: Map<string, Attribute>,
): void {
  let key = '';
  let value: Attribute = { strings: [], functionName: undefined };
  while (reading.next(entry, path)) {
    if (entry.number === 1) key = reading.text(entry, path);
    else if (entry.number === 2) {
      const message = reading.enter(entry, path);
      if (message) value = readValue(reading, message, path);
    }
  }
  if (value.strings.length > 0 || value.functionName !== undefined) attributes.set(key, value);
}

/** Field numbers of AttrValue. */
const VALUE = { list: 1, string: 2, tensor: 8, function: 10 } as const;
const LIST = { string: 2, function: 9 } as const;
/** TensorProto.string_val. */
const TENSOR_STRING = 8;

function readValue(reading: Reading, value: FieldReader, path: string): Attribute {
  const strings: string[] = [];
  let functionName: string | undefined;
  const keep = (field: FieldReader): void => {
    if (strings.length < MAX_STRINGS) strings.push(reading.excerpt(field, MAX_STRING_BYTES, path));
  };
  while (reading.next(value, path)) {
    if (value.type !== WIRE.bytes) continue;
    if (value.number === VALUE.string) {
      keep(value);
      continue;
    }
    const isTensor = value.number === VALUE.tensor;
    if (!isTensor && value.number !== VALUE.list && value.number !== VALUE.function) continue;
    const inner = reading.enter(value, path);
    if (!inner) continue;
    if (value.number === VALUE.function) {
      functionName = firstText(reading, inner, path);
      continue;
    }
    while (reading.next(inner, path)) {
      if (inner.type !== WIRE.bytes) continue;
      if (inner.number === (isTensor ? TENSOR_STRING : LIST.string)) keep(inner);
      else if (!isTensor && inner.number === LIST.function) {
        const list = reading.enter(inner, path);
        if (list) functionName = firstText(reading, list, path);
      }
    }
  }
  return { strings, functionName };
}
