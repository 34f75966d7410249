import { stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../../errors.ts';
import type { DataFormat, DataSource } from '../../project/data-description.ts';
import type { Reader } from '../reader.ts';
import { openCsv } from './csv.ts';
import { openImageFolder } from './image-folder.ts';
import { openJsonLines } from './json-lines.ts';
import { openNpz } from './npz.ts';
import { openParquet } from './parquet.ts';

type Opener = (folder: string, file: string, source: SourceOptions) => Promise<Reader>;

type SourceOptions = Exclude<DataSource, string>;

const OPENERS: Readonly<Record<DataFormat, Opener>> = {
  npz: openNpz,
  parquet: openParquet,
  csv: openCsv,
  'json-lines': openJsonLines,
  images: openImageFolder,
};

const SUFFIXES: Readonly<Record<string, DataFormat | undefined>> = {
  '.npz': 'npz',
  '.parquet': 'parquet',
  '.pq': 'parquet',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'json-lines',
  '.ndjson': 'json-lines',
};

/** The path of a source as the user wrote it. */
export function pathOf(source: DataSource): string {
  return typeof source === 'string' ? source : source.path;
}

/**
 * Opens a source of examples.
 * @param folder what its path is relative to
 * @throws UserError where it is missing, or not what its format says.
 */
export async function openReader(folder: string, source: DataSource): Promise<Reader> {
  const options = typeof source === 'string' ? { path: source } : source;
  const file = options.path;
  const absolute = path.resolve(folder, file);
  const isFolder = await checkPresent(absolute, file);
  const suffix = path.extname(file).toLowerCase();
  const format = options.format ?? (isFolder ? 'images' : SUFFIXES[suffix]);
  if (format) return OPENERS[format](folder, file, options);
  throw new UserError(`${file}: its suffix does not tell how to read it`, {
    hint: `Files may end in ${Object.keys(SUFFIXES).join(', ')}; or give a path and a format.`,
    place: { file },
  });
}

async function checkPresent(absolute: string, file: string): Promise<boolean> {
  try {
    return (await stat(absolute)).isDirectory();
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
    throw new UserError(`there is no data set at ${file}`, {
      hint: 'Run the stage that writes it (model-ci train), fetch it (dvc pull, git lfs pull), or correct its path.',
      place: { file },
    });
  }
}
