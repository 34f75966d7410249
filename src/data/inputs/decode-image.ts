import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { messageOf, UserError } from '../../errors.ts';
import type { NamedBytes } from '../column.ts';
import { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, MAX_INTERLACED_BYTES } from '../limits.ts';
import { invalidData } from '../problem.ts';
import type { Pixels } from './resample.ts';

/**
 * Decodes a PNG or a baseline or progressive JPEG into red, green, blue and alpha.
 * @throws UserError for another format, a damaged file, and one that claims too many pixels.
 */
export function decodeImage({ name, bytes }: NamedBytes): Pixels {
  const file = { file: name };
  if (bytes.length > MAX_IMAGE_BYTES) {
    throw invalidData(file, `has ${bytes.length} bytes`, 'Make the images smaller.');
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (startsWith(buffer, PNG_MAGIC)) return decodePng(buffer, name);
    if (startsWith(buffer, JPEG_MAGIC)) return decodeJpeg(buffer);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw invalidData(
      file,
      `cannot be decoded: ${messageOf(cause).slice(0, 200)}`,
      'It was cut off or is damaged: write it again, or take it out.',
      cause,
    );
  }
  throw invalidData(file, 'is neither PNG nor JPEG', 'Convert it to one of these.');
}

const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_MAGIC = [0xff, 0xd8, 0xff];

function startsWith(buffer: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => buffer[index] === byte);
}

/** The header (IHDR) comes first, and is checked before anything is unpacked. */
function decodePng(buffer: Buffer, name: string): Pixels {
  if (buffer.length < 33) throw new Error('it ends within its header');
  const width = buffer.readUInt32BE(16);
  const height = buffer.readUInt32BE(20);
  if (width * height > MAX_IMAGE_PIXELS) {
    throw invalidData(
      { file: name },
      `claims ${width} x ${height} pixels`,
      `At most ${MAX_IMAGE_PIXELS} pixels are decoded: make it smaller.`,
    );
  }
  if (buffer[24] === 16) {
    throw invalidData({ file: name }, 'has 16 bits a channel', 'Save it with 8 bits a channel.');
  }
  if (buffer[28] === 1 && buffer.length > MAX_INTERLACED_BYTES) {
    throw invalidData({ file: name }, 'is large and interlaced', 'Save it without interlacing.');
  }
  const { data } = PNG.sync.read(buffer);
  return { width, height, channels: 4, data };
}

function decodeJpeg(buffer: Buffer): Pixels {
  const { width, height, data } = jpeg.decode(buffer, {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_IMAGE_PIXELS / 1e6,
    maxMemoryUsageInMB: 1024,
  });
  return { width, height, channels: 4, data };
}
