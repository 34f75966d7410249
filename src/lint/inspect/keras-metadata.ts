import { lstatSync } from 'node:fs';
import path from 'node:path';
import { FieldReader, WIRE, WireError } from '../../formats/protobuf.ts';
import { openSource, type Source } from '../../formats/source.ts';
import { inner, type Inspection, type Part } from './inspector.ts';
import { addKerasConfig } from './keras.ts';

const FILE = 'keras_metadata.pb';

/** The JSON of one layer; a Lambda with its bytecode has some kilobytes. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** Layers whose metadata are read. */
const MAX_LAYERS = 20_000;

/**
 * Reads what Keras 2 writes beside a SavedModel: the configuration of each layer. Loading the
 * SavedModel by Keras takes layers, and the code of a Lambda, from there.
 */
export function readKerasMetadata(inspection: Inspection, part: Part): void {
  if (part.name.toLowerCase() === FILE) {
    readLayers(inspection, part, part.source);
    return;
  }
  if (part.folder === undefined || part.name !== 'saved_model.pb') return;
  const file = path.join(part.folder, FILE);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return;
  const source = openSource(file);
  try {
    readLayers(inspection, inner(part, FILE, source), source);
  } finally {
    source.close();
  }
}

/** SavedMetadata: nodes 1; SavedObject: metadata 5, as JSON. */
function readLayers(inspection: Inspection, part: Part, source: Source): void {
  const reader = new FieldReader(source, 0, source.size);
  let layers = 0;
  try {
    while (reader.next()) {
      if (reader.number !== 1 || reader.type !== WIRE.bytes) continue;
      layers += 1;
      if (layers > MAX_LAYERS) {
        inspection.problem(part, 'limit', `more than ${MAX_LAYERS} layers`);
        return;
      }
      const layer = reader.message();
      while (layer.next()) {
        if (layer.number !== 5 || layer.type !== WIRE.bytes) continue;
        const json = new TextDecoder().decode(layer.bytes(MAX_JSON_BYTES));
        addKerasConfig(inspection, inner(part, `layer ${layers}`, source), json);
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof WireError)) throw thrown;
    inspection.problem(part, thrown.kind, thrown.message);
  }
}
