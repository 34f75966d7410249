import { UserError } from '../errors.ts';
import { isUnread, type Problem } from '../formats/problem.ts';
import { FieldReader } from '../formats/protobuf.ts';
import { openSource, type Source } from '../formats/source.ts';
import type { FunctionDefinition, Graph, Model, OpsetImport } from './model.ts';
import { readFunction, readGraph, readOpsetImport } from './read-graph.ts';
import { readEntry } from './read-tensor.ts';
import { LimitReached, Reading } from '../formats/protobuf-reading.ts';

/** Doc strings are shown, never needed whole. */
const MAX_DOC_BYTES = 64 * 1024;

/** What a file holds, as far as it could be read, and what is wrong with it. */
export interface ReadModel {
  readonly model: Model;
  /** Empty for a well-formed file. */
  readonly problems: readonly Problem[];
  /** Fields of ModelProto that were met: none means that this is no model at all. */
  readonly fields: number;
}

/**
 * Reads the structure of an ONNX file of any size; the bytes of tensors stay where they are.
 * Tolerant: whatever is wrong becomes a problem with its offset, and reading goes on behind it.
 * @throws the system's error where the file cannot be opened.
 */
// Asynchronous by contract; positional reads of structure are faster when they are not.
// eslint-disable-next-line @typescript-eslint/require-await
export async function readModel(path: string): Promise<ReadModel> {
  const source = openSource(path);
  try {
    return readModelFrom(source);
  } finally {
    source.close();
  }
}

/**
 * Reads a model that is about to be used.
 * @throws UserError where any of it cannot be read, with the first problem.
 */
export async function readSoundModel(path: string): Promise<Model> {
  const { model, problems } = await readModel(path);
  const problem = problems.find(isUnread);
  if (problem === undefined) return model;
  throw new UserError(`${path} is not a readable ONNX model: ${problem.message}`, {
    hint: `See byte ${problem.offset}${problem.path && ` (${problem.path})`}; model-ci lint lists everything that is wrong with it.`,
    place: { file: path },
  });
}

/** Reads a model out of any source. */
export function readModelFrom(source: Source): ReadModel {
  const reading = new Reading();
  const parts = new ModelParts();
  try {
    parts.read(reading, new FieldReader(source, 0, source.size));
  } catch (thrown) {
    if (!(thrown instanceof LimitReached)) throw thrown;
  }
  if (!parts.sawGraph) reading.problems.add('inconsistent', 'there is no graph', 0);
  return {
    model: parts.build(),
    problems: reading.problems.list,
    fields: parts.fields,
  };
}

const noGraph: Graph = {
  name: '',
  nodes: [],
  inputs: [],
  outputs: [],
  initializers: [],
  sparseInitializers: [],
  valueInfo: [],
};

/** ModelProto, field by field: what was read before a limit was reached is kept. */
class ModelParts {
  fields = 0;
  sawGraph = false;
  #graph: Graph | undefined;
  #irVersion = 0;
  #producerName = '';
  #producerVersion = '';
  #domain = '';
  #modelVersion = 0;
  #docString = '';
  readonly #opsetImports: OpsetImport[] = [];
  readonly #functions: FunctionDefinition[] = [];
  readonly #metadata = new Map<string, string>();

  read(reading: Reading, reader: FieldReader): void {
    while (reading.next(reader, '')) {
      this.fields += 1;
      if (!this.#readText(reading, reader)) this.#readPart(reading, reader);
    }
  }

  #readText(reading: Reading, reader: FieldReader): boolean {
    switch (reader.number) {
      case 1:
        this.#irVersion = reader.number64;
        return true;
      case 2:
        this.#producerName = reading.text(reader, 'producer_name');
        return true;
      case 3:
        this.#producerVersion = reading.text(reader, 'producer_version');
        return true;
      case 4:
        this.#domain = reading.text(reader, 'domain');
        return true;
      case 5:
        this.#modelVersion = reader.number64;
        return true;
      case 6:
        this.#docString = reading.excerpt(reader, MAX_DOC_BYTES, 'doc_string');
        return true;
      default:
        return false;
    }
  }

  #readPart(reading: Reading, reader: FieldReader): void {
    switch (reader.number) {
      case 7:
        this.#readGraph(reading, reader);
        break;
      case 8: {
        const message = reading.enter(reader, 'opset_import');
        if (message) this.#opsetImports.push(readOpsetImport(reading, message, 'opset_import'));
        break;
      }
      case 14: {
        const { key, value } = readEntry(reading, reader, 'metadata_props');
        if (this.#metadata.has(key)) {
          const message = `metadata_props has the key '${key}' twice`;
          reading.problems.add('inconsistent', message, reader.start, 'metadata_props');
        }
        this.#metadata.set(key, value);
        break;
      }
      case 25: {
        const path = `functions[${this.#functions.length}]`;
        const message = reading.enter(reader, path);
        if (message) this.#functions.push(readFunction(reading, message, path));
        break;
      }
    }
  }

  #readGraph(reading: Reading, reader: FieldReader): void {
    if (this.sawGraph) {
      const message = 'a second graph follows: readers merge the two, or take the last';
      reading.problems.add('inconsistent', message, reader.start, 'graph');
      return;
    }
    const message = reading.enter(reader, 'graph');
    this.sawGraph = true;
    if (message) this.#graph = readGraph(reading, message, 'graph');
  }

  build(): Model {
    return {
      irVersion: this.#irVersion,
      producerName: this.#producerName,
      producerVersion: this.#producerVersion,
      domain: this.#domain,
      modelVersion: this.#modelVersion,
      docString: this.#docString,
      opsetImports: this.#opsetImports,
      graph: this.#graph ?? noGraph,
      functions: this.#functions,
      metadata: this.#metadata,
    };
  }
}
