import type { Source } from '../formats/source.ts';

/** What a file holds, by its first bytes. Names lie; the readers of formats decide. */
export type Format =
  | 'empty'
  | 'zip'
  | 'gzip'
  | 'bzip2'
  | 'xz'
  | 'lzma'
  | 'zlib'
  | 'lz4'
  | 'zstd'
  | '7z'
  | 'rar'
  | 'tar'
  | 'hdf5'
  | 'gguf'
  | 'ggml'
  | 'npy'
  | 'tflite'
  | 'safetensors'
  | 'pickle'
  | 'onnx'
  | 'tensorflow'
  | 'shard-index'
  | 'lfs-pointer'
  | 'html'
  | 'json'
  | 'executable'
  | 'image'
  | 'text'
  | 'unknown';

interface Signature {
  readonly format: Format;
  readonly offset?: number;
  readonly bytes: string;
}

/** Latin-1 text of the first bytes. Order matters: longer and rarer ones first. */
const SIGNATURES: readonly Signature[] = [
  { format: 'lfs-pointer', bytes: 'version https://git-lfs.github.com/spec/' },
  { format: 'zip', bytes: 'PK\x03\x04' },
  { format: 'zip', bytes: 'PK\x05\x06' },
  { format: '7z', bytes: '7z\xbc\xaf\x27\x1c' },
  { format: 'rar', bytes: 'Rar!\x1a\x07' },
  { format: 'xz', bytes: '\xfd7zXZ\x00' },
  { format: 'bzip2', bytes: 'BZh' },
  { format: 'gzip', bytes: '\x1f\x8b' },
  { format: 'lz4', bytes: '\x04\x22\x4d\x18' },
  { format: 'zstd', bytes: '\x28\xb5\x2f\xfd' },
  { format: 'hdf5', bytes: '\x89HDF\r\n\x1a\n' },
  { format: 'hdf5', offset: 512, bytes: '\x89HDF\r\n\x1a\n' },
  { format: 'gguf', bytes: 'GGUF' },
  { format: 'ggml', bytes: 'ggjt' },
  { format: 'ggml', bytes: 'tjgg' },
  { format: 'ggml', bytes: 'lmgg' },
  { format: 'npy', bytes: '\x93NUMPY' },
  { format: 'tflite', offset: 4, bytes: 'TFL' },
  { format: 'tar', offset: 257, bytes: 'ustar' },
  { format: 'executable', bytes: '\x7fELF' },
  { format: 'executable', bytes: 'MZ' },
  { format: 'executable', bytes: '\xcf\xfa\xed\xfe' },
  { format: 'executable', bytes: '\xca\xfe\xba\xbe' },
  { format: 'executable', bytes: '#!' },
  { format: 'image', bytes: '\x89PNG' },
  { format: 'image', bytes: '\xff\xd8\xff' },
  { format: 'image', bytes: 'GIF8' },
  { format: 'image', bytes: '%PDF' },
];

/** Enough for every signature and for the start of a text. */
const HEAD_BYTES = 1024;

/** Tells what a source holds. `unknown` leaves the choice to the file's name. */
export function detect(source: Source): Format {
  if (source.size === 0) return 'empty';
  const head = source.view(0, HEAD_BYTES).slice();
  const text = Buffer.from(head).toString('latin1');
  const signature = SIGNATURES.find(({ offset = 0, bytes }) => text.startsWith(bytes, offset));
  if (signature && !(signature.format === 'bzip2' && !/^BZh[1-9]1AY&SY/.test(text))) {
    return signature.format;
  }
  if (isSafetensors(head)) return 'safetensors';
  if (isLzma(head)) return 'lzma';
  if (isPickle(head)) return 'pickle';
  if (isTar(head)) return 'tar';
  if (isZlib(head)) return 'zlib';
  return textFormat(text);
}

/** An 8-byte length that is plausible, then the JSON of the header. */
function isSafetensors(head: Uint8Array): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  return (
    head[5] === 0 &&
    head[6] === 0 &&
    head[7] === 0 &&
    (head[9] === 0x22 || head[9] === 0x7d || head[9] === 0x20)
  );
}

function isPickle(head: Uint8Array): boolean {
  if (head[0] === 0x80) return (head[1] ?? 255) <= 5;
  const text = Buffer.from(head).toString('latin1');
  // Protocols 0 and 1 have no header: a global or a container comes first. A global alone does
  // nothing: without a tuple, list or dict it is two words, as in a list of labels (cat, dog).
  return /^(?:[ci][\w.]+\n[\w.]+\n(?=[^]*[()[\]{}\x85-\x87])|\((?:[ld]p?\d*\n|[cSVIKXUFGN\]}(])|[\]}](?:[qr(.]|p\d))/.test(
    text,
  );
}

/** A header without `ustar`: its checksum tells (V7 tar, as torch 0.1 wrote it). */
function isTar(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const stored = Number.parseInt(Buffer.from(head.subarray(148, 156)).toString('latin1'), 8);
  let sum = 8 * 0x20;
  for (let index = 0; index < 512; index++) {
    if (index < 148 || index >= 156) sum += head[index] ?? 0;
  }
  return stored === sum && head[0] !== 0;
}

/** RFC 1950: method 8, window up to 32 KiB, and a header that is a multiple of 31. */
function isZlib(head: Uint8Array): boolean {
  const [method = 0, flags = 0] = head;
  return (
    head.length > 2 &&
    (method & 0x0f) === 8 &&
    method >> 4 <= 7 &&
    (method * 256 + flags) % 31 === 0
  );
}

/** The legacy .lzma header: properties, a dictionary that is a power of two, and a size or -1. */
function isLzma(head: Uint8Array): boolean {
  if (head.length < 18 || head[0] !== 0x5d || head[1] !== 0 || head[13] !== 0) return false;
  const size = head.subarray(5, 13);
  return size.every((byte) => byte === 0xff) || (size[6] === 0 && size[7] === 0);
}

function textFormat(text: string): Format {
  const start = text.trimStart().slice(0, 100).toLowerCase();
  if (/^(?:<!doctype|<html|<\?xml|<head|<body)/.test(start)) return 'html';
  if (/[^\t\n\r\x20-\x7e\x80-\xff]/.test(text)) return 'unknown';
  return /^[[{]/.test(start) ? 'json' : 'text';
}
