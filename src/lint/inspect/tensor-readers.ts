import { readGguf } from '../../formats/gguf.ts';
import { readNpyStructure } from '../../formats/npy-structure.ts';
import { sliceSource } from '../../formats/source.ts';
import { inner, type Reader } from './inspector.ts';

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
