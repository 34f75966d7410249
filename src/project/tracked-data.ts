import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isSeq, parseDocument } from 'yaml';
import { UserError } from '../errors.ts';
import { pathEntry, readPathEntry, type LockedPath } from './lock-file.ts';
import { replaceFile } from './replace-file.ts';
import { isMapping } from './value.ts';
import { readYaml } from './yaml.ts';

/** A file or folder that DVC tracks by itself, in a `.dvc` file beside it. */
export interface TrackedData {
  /** The `.dvc` file, relative to the workspace. */
  readonly file: string;
  /** What it tracks, relative to the workspace. */
  readonly path: string;
  readonly locked: LockedPath;
}

/**
 * What `<data>.dvc` says of `data`, a path relative to the workspace; undefined where it says nothing.
 * @throws UserError where it cannot be read, or was written by DVC 2.
 */
export async function readTracked(
  workspace: string,
  data: string,
): Promise<TrackedData | undefined> {
  const file = `${data}.dvc`;
  const value = (await readYaml(workspace, file, { exact: true }))?.value;
  const outs: unknown = isMapping(value) ? value.get('outs') : undefined;
  if (!isMapping(value) || !Array.isArray(outs)) return undefined;
  const wdir = value.get('wdir');
  const inner = typeof wdir === 'string' ? wdir : '.';
  const folder = path.posix.join(path.posix.dirname(file), inner);
  for (const out of outs) {
    const locked = readPathEntry(out);
    if (!locked || path.posix.join(folder, locked.path) !== data) continue;
    if (locked.md5 !== '') return { file, path: data, locked };
    throw new UserError(`${file} has no md5 of DVC 3`, {
      hint: `Let DVC 3 write it again: dvc add ${data}, or dvc cache migrate --dvc-files.`,
      place: { file },
    });
  }
  return undefined;
}

/** What tracks `data`, or a folder that it lies in. */
export async function readTrackedAbove(
  workspace: string,
  data: string,
): Promise<TrackedData | undefined> {
  for (let file = data; file !== '.' && !file.startsWith('..'); file = path.posix.dirname(file)) {
    const tracked = await readTracked(workspace, file);
    if (tracked) return tracked;
  }
  return undefined;
}

/** Writes down what the data is now, as `dvc repro` does with data that was edited. */
export async function updateTracked(
  workspace: string,
  { file, locked: before }: TrackedData,
  now: LockedPath,
): Promise<void> {
  const absolute = path.join(workspace, file);
  const document = parseDocument(await readFile(absolute, 'utf8'));
  const outs = document.get('outs');
  const index = isSeq(outs)
    ? outs.items.findIndex((_, at) => document.getIn(['outs', at, 'path']) === before.path)
    : -1;
  for (const [key, value] of Object.entries(pathEntry({ ...now, path: before.path }))) {
    document.setIn(['outs', index, key], value);
  }
  await replaceFile(absolute, document.toString({ indentSeq: false, lineWidth: 0 }));
}
