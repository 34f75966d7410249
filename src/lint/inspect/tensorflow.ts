import path from 'node:path';
import { openSource } from '../../formats/source.ts';
import { readTensorflow, type Tensorflow } from '../../formats/tensorflow/saved-model.ts';
import { missingFiles, sizeOf } from '../tensorflow/companions.ts';
import { inner, type Inspection, type Part, type Reader } from './inspector.ts';
import { addKerasConfig } from './keras.ts';

const METADATA_FILE = 'keras_metadata.pb';

/** Reads a SavedModel or a graph; of a SavedModel, also what Keras put beside it. */
export const readTensorflowPart: Reader = (inspection, part) => {
  const model = readTensorflow(part.source, part.name);
  const { folder } = part;
  const isFolder = model.kind === 'saved-model' && folder !== undefined;
  const missing = isFolder ? missingFiles(folder, model) : [];
  inspection.add(part, 'tensorflow', { ...model, missing }, model.problems);
  addMetadata(inspection, part, model);
  if (isFolder) readBeside(inspection, part, path.join(folder, METADATA_FILE));
};

function addMetadata(inspection: Inspection, part: Part, { metadata }: Tensorflow): void {
  for (const json of metadata) {
    if (/^\s*\{/.test(json)) addKerasConfig(inspection, part, json);
  }
}

function readBeside(inspection: Inspection, part: Part, file: string): void {
  if (!sizeOf(file)) return;
  const source = openSource(file);
  try {
    const read = readTensorflow(source, METADATA_FILE);
    const beside = inner(part, METADATA_FILE, source);
    inspection.add(beside, 'tensorflow', { ...read, missing: [] }, read.problems);
    addMetadata(inspection, beside, read);
  } finally {
    source.close();
  }
}
