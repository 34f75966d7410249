import { FieldReader, WIRE, WireError } from './protobuf.ts';
import { Problems, type Problem } from './problem.ts';
import type { Source } from './source.ts';

/** Nodes of one graph; a crafted file can hold one in every two bytes. */
const MAX_NODES = 1_000_000;

/** Names and attribute values that are kept. */
const MAX_TEXT_BYTES = 4096;

/** One operation of a graph or of a library function. */
export interface TensorflowNode {
  readonly name: string;
  readonly op: string;
  /** The function it stands in; '' for the graph itself. */
  readonly function: string;
  /** Attributes with a text value, such as the stream of PrintV2. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface Tensorflow {
  readonly kind: 'saved-model' | 'graph';
  readonly nodes: readonly TensorflowNode[];
  readonly problems: readonly Problem[];
}

/** Reads the operations of a SavedModel or GraphDef (saved_model.proto, graph.proto). */
export function readTensorflow(source: Source): Tensorflow {
  const reading = new TensorflowReading();
  const kind = startsLikeSavedModel(source) ? 'saved-model' : 'graph';
  const reader = new FieldReader(source, 0, source.size);
  if (kind === 'saved-model') reading.savedModel(reader);
  else reading.graph(reader);
  return { kind, nodes: reading.nodes, problems: reading.problems.list };
}

/** saved_model_schema_version is field 1, a varint; in a GraphDef field 1 is a node. */
function startsLikeSavedModel(source: Source): boolean {
  const [first] = source.view(0, 1);
  return first === 0x08 || first === 0x12;
}

class TensorflowReading {
  readonly nodes: TensorflowNode[] = [];
  readonly problems = new Problems();
  #full = false;

  /** SavedModel: meta_graphs 2; MetaGraphDef: graph_def 2. */
  savedModel(reader: FieldReader): void {
    this.#each(reader, 2, (meta) => {
      this.#each(meta, 2, (graph) => {
        this.graph(graph);
      });
    });
  }

  /** GraphDef: node 1, library 2; FunctionDefLibrary: function 1. */
  graph(reader: FieldReader): void {
    while (this.#next(reader)) {
      const message = reader.type === WIRE.bytes ? reader.message() : undefined;
      if (message && reader.number === 1) this.#node(message, '');
      else if (message && reader.number === 2) {
        this.#each(message, 1, (definition) => {
          this.#function(definition);
        });
      }
    }
  }

  /** FunctionDef: signature 1 (OpDef: name 1), node_def 3. */
  #function(reader: FieldReader): void {
    let name = 'a function';
    while (this.#next(reader)) {
      if (reader.type !== WIRE.bytes) continue;
      if (reader.number === 3) this.#node(reader.message(), name);
      else if (reader.number === 1) {
        this.#each(reader.message(), 1, (_, field) => {
          name = text(field);
        });
      }
    }
  }

  /** NodeDef: name 1, op 2, attr 5 (map: key 1, value 2; AttrValue: s 2). */
  #node(reader: FieldReader, definition: string): void {
    let name = '';
    let op = '';
    let texts: Map<string, string> | undefined;
    while (this.#next(reader)) {
      if (reader.type !== WIRE.bytes) continue;
      if (reader.number === 1) name = text(reader);
      else if (reader.number === 2) op = text(reader);
      else if (reader.number === 5) {
        texts ??= new Map();
        this.#attribute(reader.message(), texts);
      }
    }
    if (this.nodes.length < MAX_NODES) {
      this.nodes.push({ name, op, function: definition, texts: texts ?? NO_TEXTS });
    } else if (!this.#full) {
      this.#full = true;
      this.problems.add('limit', `more than ${MAX_NODES} operations`, reader.start);
    }
  }

  #attribute(reader: FieldReader, texts: Map<string, string>): void {
    let key = '';
    while (this.#next(reader)) {
      if (reader.type !== WIRE.bytes) continue;
      if (reader.number === 1) key = text(reader);
      else if (reader.number === 2) {
        this.#each(reader.message(), 2, (_, field) => {
          texts.set(key, text(field));
        });
      }
    }
  }

  #each(
    reader: FieldReader,
    number: number,
    body: (message: FieldReader, field: FieldReader) => void,
  ): void {
    while (this.#next(reader)) {
      if (reader.number === number && reader.type === WIRE.bytes) body(reader.message(), reader);
    }
  }

  #next(reader: FieldReader): boolean {
    try {
      return !this.#full && reader.next();
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown;
      this.problems.add(thrown.kind, thrown.message, thrown.offset);
      return false;
    }
  }
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

function text(field: FieldReader): string {
  return new TextDecoder().decode(field.bytes(MAX_TEXT_BYTES));
}
