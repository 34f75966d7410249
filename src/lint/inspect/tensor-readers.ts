import { readGguf } from '../../formats/gguf.ts';
import { readNpyStructure } from '../../formats/npy-structure.ts';
import { sliceSource } from '../../formats/source.ts';
import { readTensorflow } from '../../formats/tensorflow.ts';
import { readTflite } from '../../formats/tflite.ts';
import { inner, type Reader } from './inspector.ts';
import { readKerasMetadata } from './keras-metadata.ts';

/** An array, and the pickle behind the header of an array of objects. */
export const readNpyPart: Reader = (inspection, part) => {
  const array = readNpyStructure(part.source);
  inspection.add(part, 'numpy', array, array.problems);
  const { holdsObjects, dataOffset, source } = array;
  if (!holdsObjects || dataOffset === undefined) return;
  const objects = sliceSource(source, dataOffset, source.size - dataOffset);
  inspection.read(inner(part, 'objects', objects), 'pickle');
};

/** A GGUF file and its chat templates. */
export const readGgufPart: Reader = (inspection, part) => {
  const file = readGguf(part.source);
  inspection.add(part, 'gguf', file, file.problems);
  for (const [name, text] of file.metadata) {
    if (typeof text === 'string' && /template/i.test(name)) {
      inspection.add(part, 'template', { name, text });
    }
  }
};

export const readTensorflowPart: Reader = (inspection, part) => {
  if (/^keras_metadata\.pb$/i.test(part.name)) {
    readKerasMetadata(inspection, part);
    return;
  }
  const graph = readTensorflow(part.source);
  // Other messages are called .pb too, such as the tensors of ONNX tests: they run nothing.
  if (graph.nodes.length === 0 && /^saved_model\.pb$/i.test(part.name)) {
    inspection.problem(part, 'malformed', 'there is no operation in it');
  }
  inspection.add(part, 'tensorflow', graph, graph.problems);
  readKerasMetadata(inspection, part);
};

export const readTflitePart: Reader = (inspection, part) => {
  const model = readTflite(part.source);
  inspection.add(part, 'tflite', model, model.problems);
};
