import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import { isConfiguration } from './inspect/configuration.ts';
import { isModelName } from './inspect/extensions.ts';

/** A file to lint. */
export interface Target {
  readonly absolute: string;
  /** Relative to the workspace where it lies in it, with forward slashes. */
  readonly shown: string;
  /** It is no regular file, or a link out of the repository: why it is not opened. */
  readonly refused?: string;
}

/** Folders that hold no models of the repository itself. */
const SKIPPED_FOLDERS = new Set([
  '.git',
  'node_modules',
  '.venv',
  '.model-ci',
  '.dvc',
  '__pycache__',
]);

/** A folder that nests deeper is a loop or an attack. */
const MAX_DEPTH = 64;

/**
 * The files to lint: every model below the given paths, the cards beside models, and what is named
 * itself, whatever it is.
 * @throws UserError for a path that does not exist.
 */
export async function discover(workspace: string, paths: readonly string[]): Promise<Target[]> {
  const found = new Map<string, Target>();
  for (const given of paths.length > 0 ? paths : [workspace]) {
    const absolute = path.resolve(workspace, given);
    const status = await lstat(absolute).catch((cause: unknown) => {
      throw new UserError(`${given} does not exist`, {
        hint: 'Name files or folders that are there, relative to the repository.',
        cause,
      });
    });
    const targets = status.isDirectory()
      ? await walk(workspace, absolute, 0)
      : [await targetOf(workspace, absolute)];
    for (const target of targets) found.set(target.absolute, target);
  }
  return [...found.values()].toSorted((a, b) => (a.shown < b.shown ? -1 : 1));
}

async function walk(workspace: string, folder: string, depth: number): Promise<Target[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    const shown = shownPath(workspace, folder);
    return [{ absolute: folder, shown, refused: `the folder ${unreachable(folder, thrown)}` }];
  }
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const models = files.filter(isModelName);
  const companions = models.length > 0 ? files.filter(isCompanion) : [];
  const targets = await Promise.all(
    [...models, ...companions].map((name) => targetOf(workspace, path.join(folder, name))),
  );
  if (depth >= MAX_DEPTH) return targets;
  for (const entry of entries) {
    if (!entry.isDirectory() || SKIPPED_FOLDERS.has(entry.name)) continue;
    targets.push(...(await walk(workspace, path.join(folder, entry.name), depth + 1)));
  }
  return targets;
}

/** The card and the configuration that belong to the models of a folder. */
function isCompanion(name: string): boolean {
  return /^readme\.md$/i.test(name) || isConfiguration(name);
}

/** How a path is shown: relative to the workspace, or as it is where it lies elsewhere. */
export function shownPath(workspace: string, absolute: string): string {
  const relative = path.relative(workspace, absolute);
  const inside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return (inside ? relative : absolute).split(path.sep).join('/');
}

/** A target for one path: links are followed only within the folder that holds them. */
export async function targetOf(workspace: string, absolute: string): Promise<Target> {
  const shown = shownPath(workspace, absolute);
  let status;
  try {
    status = await lstat(absolute);
  } catch (thrown) {
    return { absolute, shown, refused: `it ${unreachable(absolute, thrown)}` };
  }
  if (status.isFile()) return { absolute, shown };
  if (!status.isSymbolicLink()) return { absolute, shown, refused: 'it is no regular file' };
  try {
    const real = await realpath(absolute);
    const root = await realpath(workspace);
    if (!real.startsWith(root + path.sep)) {
      return { absolute, shown, refused: 'it is a link to a file outside the repository' };
    }
    if (!(await lstat(real)).isFile()) return { absolute, shown, refused: 'it is no regular file' };
    return { absolute, shown };
  } catch (thrown) {
    return { absolute, shown, refused: `it is a broken link (${codeOf(thrown) ?? 'unknown'})` };
  }
}

/** Node reads names as UTF-8: another one names a file that is not there. */
function unreachable(name: string, thrown: unknown): string {
  if (name.includes('\ufffd')) return 'has a name that is not UTF-8: rename it';
  return `cannot be read (${codeOf(thrown) ?? 'unknown'})`;
}
