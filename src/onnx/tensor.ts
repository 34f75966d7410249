import { realpathSync } from 'node:fs';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import { openSource, type Source } from '../formats/source.ts';
import { dataTypeName, tensorBytes, toBytes } from './element-type.ts';
import { DATA_TYPE, type FieldRun, type Tensor, type TensorData } from './model.ts';

/** A stretch of a file that holds all values of a tensor, as they lie in memory. */
export interface Stretch {
  /** Absolute. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Loads the values of a tensor as raw bytes (little-endian, C order), wherever they are kept.
 * @param modelFile the file that the tensor was read from, absolute
 * @throws UserError where they are missing, of another length than dims say, or outside the
 * model's folder
 */
export function loadTensor(modelFile: string, tensor: Tensor): Uint8Array {
  const expected = expectedBytes(modelFile, tensor);
  const bytes = readBytes(modelFile, tensor, expected);
  if (bytes.byteLength === expected) return bytes;
  throw unusable(
    modelFile,
    tensor,
    `has ${bytes.byteLength} bytes where its shape [${tensor.dims.join(', ')}] needs ${expected}`,
  );
}

/** `tensor` with its values in memory. */
export function loadedTensor(modelFile: string, tensor: Tensor): Tensor {
  if (tensor.data.kind === 'bytes') return tensor;
  return { ...tensor, data: { kind: 'bytes', bytes: loadTensor(modelFile, tensor) } };
}

/**
 * Where the values of a tensor lie as one stretch of raw bytes, so that new values of the same
 * length can be written over them; undefined where they do not (varints, several runs).
 */
export function stretchOf(modelFile: string, tensor: Tensor): Stretch | undefined {
  const { data } = tensor;
  if (data.kind === 'file') return { file: modelFile, offset: data.offset, length: data.length };
  if (data.kind === 'external') {
    return externalStretch(modelFile, tensor, data.entries, expectedBytes(modelFile, tensor));
  }
  if (data.kind !== 'typed' || !RAW_FIELDS.has(data.field)) return undefined;
  const [run, ...others] = data.runs;
  return run && others.length === 0
    ? { file: modelFile, offset: run.offset, length: run.length }
    : undefined;
}

/** Typed fields whose packed values are the raw bytes: the others are varints. */
const RAW_FIELDS: ReadonlySet<string> = new Set(['float_data', 'double_data']);

function expectedBytes(modelFile: string, tensor: Tensor): number {
  const expected = tensorBytes(tensor.dataType, tensor.dims);
  if (expected !== undefined && Number.isSafeInteger(expected) && expected >= 0) return expected;
  throw unusable(
    modelFile,
    tensor,
    `is of ${dataTypeName(tensor.dataType)} and shape [${tensor.dims.join(', ')}], which cannot be loaded`,
  );
}

function readBytes(modelFile: string, tensor: Tensor, expected: number): Uint8Array {
  const { data } = tensor;
  switch (data.kind) {
    case 'bytes':
      return data.bytes;
    case 'none':
      return new Uint8Array(0);
    case 'file':
      return readStretch(modelFile, tensor, { file: modelFile, ...data });
    case 'external':
      return readStretch(
        modelFile,
        tensor,
        externalStretch(modelFile, tensor, data.entries, expected),
      );
    case 'typed':
      return readTyped(modelFile, tensor, data);
  }
}

function readStretch(modelFile: string, tensor: Tensor, stretch: Stretch): Uint8Array {
  return withSource(stretch.file, (source) => {
    if (stretch.offset + stretch.length > source.size) {
      throw unusable(modelFile, tensor, `lies beyond the end of ${path.basename(stretch.file)}`);
    }
    // A copy: what a source shows is reused by its next read.
    return Uint8Array.from(source.view(stretch.offset, stretch.length));
  });
}

/** onnx/docs/ExternalData.md: location is a path below the model's folder. */
function externalStretch(
  modelFile: string,
  tensor: Tensor,
  entries: ReadonlyMap<string, string>,
  expected: number,
): Stretch {
  const folder = realpathSync(path.dirname(modelFile));
  const location = entries.get('location') ?? '';
  let file: string;
  try {
    file = realpathSync(path.resolve(folder, location));
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
    throw unusable(modelFile, tensor, `is kept in '${location}', which is missing`);
  }
  if (location === '' || !file.startsWith(folder + path.sep)) {
    throw unusable(modelFile, tensor, `is kept in '${location}', outside the model's folder`);
  }
  const offset = Number(entries.get('offset') ?? '0');
  const length = Number(entries.get('length') ?? expected);
  if (Number.isSafeInteger(offset) && offset >= 0 && length === expected) {
    return { file, offset, length };
  }
  throw unusable(modelFile, tensor, `has external data that do not fit its shape`);
}

function readTyped(
  modelFile: string,
  tensor: Tensor,
  data: TensorData & { kind: 'typed' },
): Uint8Array {
  if (data.field === 'string_data') throw unusable(modelFile, tensor, 'holds strings');
  return withSource(modelFile, (source) => {
    const pieces = data.runs.map((run) => Uint8Array.from(source.view(run.offset, run.length)));
    if (RAW_FIELDS.has(data.field)) return Buffer.concat(pieces);
    const varints = pieces.flatMap((piece, index) => decodeVarints(piece, data.runs[index]));
    return bytesOfIntegers(tensor.dataType, varints);
  });
}

function decodeVarints(bytes: Uint8Array, run: FieldRun | undefined): bigint[] {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(value);
      [value, shift] = [0n, 0n];
      if (run?.packed === false) break;
    }
  }
  return values;
}

/** int32_data also holds small integers, booleans and the bits of float16 (onnx.proto). */
function bytesOfIntegers(dataType: number, values: readonly bigint[]): Uint8Array {
  switch (dataType) {
    case DATA_TYPE.int64:
      return new Uint8Array(BigInt64Array.from(values).buffer);
    case DATA_TYPE.uint64:
      return new Uint8Array(BigUint64Array.from(values).buffer);
    case DATA_TYPE.bfloat16:
      return new Uint8Array(Uint16Array.from(values, (value) => Number(value)).buffer);
    default:
      return toBytes(
        dataType,
        values.map((value) => Number(BigInt.asIntN(64, value))),
      );
  }
}

function withSource<T>(file: string, read: (source: Source) => T): T {
  const source = openSource(file);
  try {
    return read(source);
  } finally {
    source.close();
  }
}

function unusable(modelFile: string, tensor: Tensor, what: string): UserError {
  return new UserError(`${path.basename(modelFile)}: tensor '${tensor.name}' ${what}`, {
    hint: 'model-ci lint lists everything that is wrong with the file.',
    place: { file: modelFile },
  });
}
