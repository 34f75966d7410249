import { isTemplate, readGguf } from '../../formats/gguf.ts';
import { readNpyStructure } from '../../formats/npy-structure.ts';
import { sliceSource } from '../../formats/source.ts';
import { inner, type Inspection, type Part, type Reader } from './inspector.ts';

/** An array, and the pickle behind the header of an array of objects. */
export const readNpyPart: Reader = (inspection, part) => {
  const array = readNpyStructure(part.source);
  inspection.add(part, 'numpy', array, array.problems);
  const { holdsObjects, dataOffset, dataBytes, source } = array;
  if (dataOffset === undefined) return;
  if (holdsObjects) {
    const objects = sliceSource(source, dataOffset, source.size - dataOffset);
    inspection.read(inner(part, 'objects', objects), 'pickle');
  } else {
    probeBehind(inspection, part, BigInt(dataOffset) + (dataBytes ?? 0n));
  }
};

/** Reads what stands behind the end of a file's own format, where it is something. */
export function probeBehind(inspection: Inspection, part: Part, end: bigint): void {
  if (end >= part.source.size) return;
  const offset = Number(end);
  const rest = sliceSource(part.source, offset, part.source.size - offset);
  inspection.probe(inner(part, `bytes at ${offset}`, rest));
}

/** A GGUF file and its chat templates. */
export const readGgufPart: Reader = (inspection, part) => {
  const file = readGguf(part.source);
  inspection.add(part, 'gguf', file, file.problems);
  for (const [name, text] of file.metadata) {
    if (typeof text === 'string' && isTemplate(name)) {
      inspection.add(part, 'template', { name, text });
    }
  }
};
