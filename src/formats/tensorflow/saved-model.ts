import type { Problem } from '../problem.ts';
import { FieldReader, WIRE } from '../protobuf.ts';
import { LimitReached, Reading } from '../protobuf-reading.ts';
import type { Source } from '../source.ts';
import { readGraph, type Scope } from './graph.ts';

/** What a TensorFlow file is; all of them are protobuf messages without a signature. */
export type TensorflowKind = 'saved-model' | 'graph' | 'keras-metadata' | 'onnx-tensor';

export interface Tensorflow {
  readonly kind: TensorflowKind;
  readonly scopes: readonly Scope[];
  /** Files under `assets/` that the model names. */
  readonly assets: readonly string[];
  /** JSON that Keras stores with its layers. */
  readonly metadata: readonly string[];
  readonly problems: readonly Problem[];
}

/** Field numbers of MetaGraphDef (meta_graph.proto). */
const META_GRAPH = { graph: 2, assets: 6, objects: 7 } as const;

/**
 * Reads a SavedModel, a bare GraphDef or the metadata of Keras; tensors stay where they are.
 * `name` decides between messages that look alike.
 */
export function readTensorflow(source: Source, name: string): Tensorflow {
  const reading = new Reading();
  const found = { scopes: [] as Scope[], assets: [] as string[], metadata: [] as string[] };
  const kind = kindOf(source, name);
  const root = new FieldReader(source, 0, source.size);
  try {
    if (kind === 'graph') found.scopes.push(...readGraph(reading, root, 'graph'));
    else if (kind === 'keras-metadata') readMetadata(reading, root, found.metadata);
    else if (kind === 'saved-model') readSavedModel(reading, root, found);
    else readFields(reading, root);
  } catch (thrown) {
    if (!(thrown instanceof LimitReached)) throw thrown;
  }
  const isEmpty = found.scopes.length === 0 && kind === 'saved-model';
  if (isEmpty && !reading.problems.unread) {
    reading.problems.add('malformed', 'it holds no graph', 0);
  }
  return { kind, ...found, problems: reading.problems.list };
}

/**
 * A SavedModel starts with its schema version, a number; a GraphDef with a node. Test data of
 * ONNX models are called .pb too: a tensor has a number (its element type) in field 2, where a
 * SavedModel has its graphs.
 */
function kindOf(source: Source, name: string): TensorflowKind {
  if (/^keras_metadata\.pb$/i.test(name)) return 'keras-metadata';
  if (/^saved_model\.pb$/i.test(name)) return 'saved-model';
  const start = new FieldReader(source, 0, source.size);
  try {
    while (start.next() && start.number === 1) {
      if (start.type === WIRE.bytes && looksLikeNode(start)) return 'graph';
    }
  } catch {
    return 'saved-model';
  }
  return start.number === 2 && start.type === WIRE.varint ? 'onnx-tensor' : 'saved-model';
}

/** A node has its name in field 1; the packed dimensions of a tensor are bare numbers. */
function looksLikeNode(field: FieldReader): boolean {
  const [first] = field.source.view(field.offset, 1);
  return first === ((1 << 3) | WIRE.bytes) || first === ((2 << 3) | WIRE.bytes);
}

/** Walks a message that only has to be one. */
function readFields(reading: Reading, message: FieldReader): void {
  while (reading.next(message, ''));
}

interface Found {
  readonly scopes: Scope[];
  readonly assets: string[];
  readonly metadata: string[];
}

function readSavedModel(reading: Reading, model: FieldReader, found: Found): void {
  let graphs = 0;
  while (reading.next(model, 'saved_model')) {
    if (model.number === 1) reading.is(model, WIRE.varint, 'saved_model');
    if (model.number !== 2) continue;
    const path = `meta_graph[${graphs++}]`;
    const meta = reading.enter(model, path);
    if (meta) readMetaGraph(reading, meta, path, found);
  }
}

function readMetaGraph(reading: Reading, meta: FieldReader, path: string, found: Found): void {
  while (reading.next(meta, path)) {
    const { number } = meta;
    if (
      number !== META_GRAPH.graph &&
      number !== META_GRAPH.assets &&
      number !== META_GRAPH.objects
    )
      continue;
    const message = reading.enter(meta, path);
    if (!message) continue;
    if (number === META_GRAPH.graph) found.scopes.push(...readGraph(reading, message, path));
    else if (number === META_GRAPH.assets) readAsset(reading, message, path, found.assets);
    else readObjects(reading, message, path, found.metadata);
  }
}

/** AssetFileDef: the tensor that takes the path, and the name of the file. */
function readAsset(reading: Reading, asset: FieldReader, path: string, assets: string[]): void {
  while (reading.next(asset, path)) {
    if (asset.number === 2) assets.push(reading.text(asset, path));
  }
}

/** SavedObjectGraph: TensorFlow before 2.5 kept the metadata of Keras in its user objects. */
function readObjects(reading: Reading, graph: FieldReader, path: string, metadata: string[]): void {
  while (reading.next(graph, path)) {
    if (graph.number !== 1) continue;
    const object = reading.enter(graph, path);
    while (object && reading.next(object, path)) {
      if (object.number === 4) readUserObject(reading, object, path, metadata);
    }
  }
}

function readUserObject(
  reading: Reading,
  field: FieldReader,
  path: string,
  metadata: string[],
): void {
  const user = reading.enter(field, path);
  while (user && reading.next(user, path)) {
    if (user.number === 3) metadata.push(reading.text(user, path));
  }
}

/** SavedMetadata of Keras: one node for each layer, with JSON in field 5. */
function readMetadata(reading: Reading, root: FieldReader, metadata: string[]): void {
  while (reading.next(root, 'keras_metadata')) {
    if (root.number !== 1) continue;
    const node = reading.enter(root, 'keras_metadata');
    while (node && reading.next(node, 'keras_metadata')) {
      if (node.number === 5) metadata.push(reading.text(node, 'keras_metadata'));
    }
  }
}
