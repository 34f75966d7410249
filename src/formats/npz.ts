import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { messageOf, UserError } from '../errors.ts';
import type { NdArray } from './nd-array.ts';
import { readNpyStream } from './npy.ts';

/** A data set has a handful of arrays; a directory of millions would only cost time. */
const MAX_ENTRIES = 10_000;

const SUFFIX = '.npy';

/**
 * Reads the arrays called `names` from an `.npz` file, or all of them. `label` names the file in
 * errors.
 * @throws UserError for a missing array (the hint lists those there are) and for anything that is
 * not a whole archive of plain arrays.
 */
export async function readNpz(
  file: string,
  names?: readonly string[],
  label = file,
): Promise<ReadonlyMap<string, NdArray>> {
  const zip = await open(file, label);
  try {
    const entries = await directory(zip, label);
    const arrays = new Map<string, NdArray>();
    for (const name of new Set(names ?? entries.keys())) {
      const entry = entries.get(name);
      if (!entry) throw missing(name, [...entries.keys()], label);
      arrays.set(name, await readEntry(zip, entry, `${label}: array '${name}'`));
    }
    return arrays;
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw damaged(label, thrown);
  } finally {
    zip.close();
  }
}

/**
 * The names of the arrays of an `.npz` file, none of which is read.
 * @throws UserError for what is no archive.
 */
export async function listNpz(file: string, label = file): Promise<readonly string[]> {
  const zip = await open(file, label);
  try {
    return [...(await directory(zip, label)).keys()];
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw damaged(label, thrown);
  } finally {
    zip.close();
  }
}

async function open(file: string, label: string): Promise<ZipFile> {
  try {
    if ((await stat(file)).isFile()) {
      return await yauzl.openPromise(file, { lazyEntries: true, autoClose: false });
    }
  } catch (thrown) {
    throw damaged(label, thrown);
  }
  throw damaged(label, new Error('it is not a file'));
}

async function directory(zip: ZipFile, label: string): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) {
    throw damaged(label, new Error(`it claims ${zip.entryCount} members`));
  }
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith(SUFFIX)) continue;
    const name = entry.fileName.slice(0, -SUFFIX.length);
    // Readers differ in which of two they take; that is a trick, not a data set.
    if (entries.has(name)) throw damaged(label, new Error(`it holds '${name}' twice`));
    entries.set(name, entry);
  }
  return entries;
}

async function readEntry(zip: ZipFile, entry: Entry, label: string): Promise<NdArray> {
  const stream = await zip.openReadStreamPromise(entry);
  let sum = 0;
  async function* checked(): AsyncGenerator<Buffer> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  }
  try {
    const array = await readNpyStream(checked(), { label, size: entry.uncompressedSize });
    if (sum !== entry.crc32) throw damaged(label, new Error('its checksum is wrong'));
    return array;
  } finally {
    stream.destroy();
  }
}

function missing(name: string, present: readonly string[], label: string): UserError {
  return new UserError(`${label} has no array '${name}'`, {
    hint: present.length > 0 ? `It holds: ${present.join(', ')}.` : 'It holds no arrays at all.',
  });
}

function damaged(label: string, cause: unknown): UserError {
  return new UserError(`${label} cannot be read as .npz: ${messageOf(cause)}`, {
    hint: 'Write it with numpy.savez or numpy.savez_compressed, or fetch it again.',
    cause,
  });
}
