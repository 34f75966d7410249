import { readTflite } from '../../formats/tflite/model.ts';
import type { Source } from '../../formats/source.ts';
import type { Reader } from './inspector.ts';

/** How far from the end of a file the end record of a zip archive can start (APPNOTE 4.3.16). */
const END_RECORD_REACH = 22 + 0xffff;

/** Reads a TensorFlow Lite model, and the archive of associated files that may follow it. */
export const readTflitePart: Reader = (inspection, part) => {
  const model = readTflite(part.source);
  inspection.add(part, 'tflite', model, model.problems);
  if (hasArchive(part.source)) inspection.read({ ...part, depth: part.depth + 1 }, 'zip');
};

function hasArchive(source: Source): boolean {
  const start = Math.max(0, source.size - END_RECORD_REACH);
  const bytes = source.view(start, source.size - start);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(
    'PK\x05\x06',
    0,
    'latin1',
  );
}
