import { readPickles } from '../../formats/pickle/pickles.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import { memorySource, sliceSource } from '../../formats/source.ts';
import { UnpackError, type Packing } from '../../formats/unpack.ts';
import { readModelFrom } from '../../onnx/read.ts';
import type { Format } from '../detect.ts';
import { readConfiguration } from './configuration.ts';
import { readHdf5Part } from './hdf5.ts';
import { inner, type Part, type Reader } from './inspector.ts';
import { readIndexPart } from './shard-index.ts';
import { readGgufPart, readNpyPart } from './tensor-readers.ts';
import { readTarPart } from './tar.ts';
import { readTensorflowPart } from './tensorflow.ts';
import { readTflitePart } from './tflite.ts';
import { readZipPart } from './zip.ts';

const readOnnx: Reader = (inspection, part) => {
  const read = readModelFrom(part.source);
  const { source, folder } = part;
  const { weights } = inspection.options;
  inspection.add(part, 'onnx', { ...read, source, folder, weights }, read.problems);
};

const readSafetensorsPart: Reader = (inspection, part) => {
  const read = readSafetensors(part.source);
  const { weights } = inspection.options;
  inspection.add(part, 'safetensors', { ...read, weights }, read.problems);
};

const readPickle: Reader = (inspection, part) => {
  const read = readPickles(part.source);
  const { inContainer } = part;
  inspection.add(part, 'pickle', { ...read, inContainer }, read.problems.list);
  for (const { effects } of read.streams) {
    for (const { offset, length } of effects.nested) {
      const name = `bytes at ${offset}`;
      inspection.read(inner(part, name, sliceSource(part.source, offset, length)), 'pickle');
    }
  }
};

const unpacked =
  (packing: Packing): Reader =>
  (inspection, part) => {
    try {
      const { bytes, whole } = inspection.budget.unpack(part.source, packing);
      if (!whole)
        inspection.problem(part, 'truncated', `the ${packing} stream is damaged or breaks off`);
      const name = part.name.replace(/\.[^.]+$/, '');
      const content: Part = { ...inner(part, name, memorySource(bytes)), place: part.place };
      if (!inspection.read(content)) {
        inspection.problem(part, 'limit', 'what was unpacked is of no known format');
      }
    } catch (thrown) {
      if (!(thrown instanceof UnpackError)) throw thrown;
      inspection.problem(part, thrown.kind, thrown.message);
    }
  };

/** The readers of every format that is read; all others are named by the rules of `file`. */
export const READERS: Readonly<Partial<Record<Format, Reader>>> = {
  onnx: readOnnx,
  safetensors: readSafetensorsPart,
  pickle: readPickle,
  hdf5: readHdf5Part,
  npy: readNpyPart,
  gguf: readGgufPart,
  tensorflow: readTensorflowPart,
  tflite: readTflitePart,
  'shard-index': readIndexPart,
  json: readConfiguration,
  zip: readZipPart,
  gzip: unpacked('gzip'),
  zlib: unpacked('zlib'),
  bzip2: unpacked('bzip2'),
  xz: unpacked('xz'),
  lzma: unpacked('lzma'),
  lz4: unpacked('lz4'),
  zstd: unpacked('zstd'),
  tar: readTarPart,
};
