import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from '../../errors.ts';
import type { Tensor } from '../../onnx/model.ts';
import { rawBytes } from '../../onnx/tensor-layout.ts';
import { tensorsOf } from '../../onnx/walk.ts';
import type { OnnxSubject } from '../subjects.ts';

/** The keys that onnx.proto defines, and one that onnx's own helper leaves behind. */
const KNOWN_KEYS = new Set(['location', 'offset', 'length', 'checksum', 'basepath']);

/** Where the values of one tensor are said to stand. */
export interface ExternalTensor {
  readonly tensor: Tensor;
  readonly path: string;
  readonly entries: ReadonlyMap<string, string>;
  readonly location: string;
}

export function* externalTensors({ model }: OnnxSubject): Iterable<ExternalTensor> {
  for (const { tensor, path: place } of tensorsOf(model)) {
    if (tensor.data.kind !== 'external') continue;
    const { entries } = tensor.data;
    yield { tensor, path: place, entries, location: entries.get('location') ?? '' };
  }
}

/** Why a location is no path within the model's folder; undefined where it is one by its text. */
export function badLocation(location: string): string | undefined {
  if (location === '') return 'its location is empty';
  if (/\p{Cc}/u.test(location)) return 'its location has control characters';
  // ONNX Runtime takes the offset of this location as an address in its own memory.
  if (location.includes('_ORT_MEM_ADDR_'))
    return `its location ${location} is an address in memory`;
  if (/^[a-z][a-z0-9+.-]+:/i.test(location)) return `its location ${location} is a URL`;
  if (/^(?:[\\/]|[a-z]:)/i.test(location)) return `its location ${location} is absolute`;
  const parts = location.split(/[\\/]/);
  if (parts.includes('..')) return `its location ${location} leaves the model's folder`;
  return undefined;
}

export type ExternalFile =
  { readonly kind: 'file'; readonly size: number } | { readonly kind: 'bad'; readonly why: string };

/** Looks at the file behind a location, without opening it. */
export function externalFile(folder: string, location: string): ExternalFile {
  const absolute = path.join(folder, location);
  try {
    const root = realpathSync(folder);
    const real = realpathSync(absolute);
    if (!real.startsWith(root + path.sep)) {
      return { kind: 'bad', why: `${location} is a link out of the model's folder` };
    }
    const status = statSync(real);
    return status.isFile()
      ? { kind: 'file', size: status.size }
      : { kind: 'bad', why: `${location} is no regular file` };
  } catch (thrown) {
    return { kind: 'bad', why: describe(absolute, location, thrown) };
  }
}

function describe(absolute: string, location: string, thrown: unknown): string {
  const code = codeOf(thrown) ?? 'unknown';
  if (code !== 'ENOENT') return `${location} cannot be followed (${code})`;
  const isLink = lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? `${location} is a broken link` : `${location} is missing: fetch or commit it`;
}

/** A decimal number without sign, as onnx.proto writes offsets and lengths. */
export function parseSize(text: string): bigint | undefined {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

/** Keys that onnx.proto does not define. */
export function unknownKeys(entries: ReadonlyMap<string, string>): string[] {
  return [...entries.keys()].filter((key) => !KNOWN_KEYS.has(key));
}

/** Why offset and length do not fit tensor and file; undefined where they do. */
export function badRange({ tensor, entries }: ExternalTensor, size: number): string | undefined {
  const offset = parseSize(entries.get('offset') ?? '0');
  if (offset === undefined) return `its offset '${entries.get('offset') ?? ''}' is no number`;
  const needed = rawBytes(tensor.dataType, tensor.dims);
  const given = entries.get('length');
  const length = given === undefined ? needed : parseSize(given);
  if (length === undefined)
    return given === undefined ? undefined : `its length '${given}' is no number`;
  if (needed !== undefined && length !== needed) {
    return `its dims [${tensor.dims.join(', ')}] need ${needed.toString()} bytes and its length is ${length.toString()}`;
  }
  const end = offset + length;
  return end > BigInt(size)
    ? `it ends at byte ${end.toString()} of a file of ${size} bytes`
    : undefined;
}
