import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

/** A small repository that shows one feature of DVC's files, and what to change in it. */
export interface Example {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly executables?: readonly string[];
  readonly changes: readonly Change[];
  /** Stages that run every time, in either tool. */
  readonly restless?: readonly string[];
  /** Outs that are deleted and brought back from the cache: every cached out by default. */
  readonly restorable?: readonly string[];
}

/** An edit that both tools must answer by running the same stages. */
export type Change =
  | { readonly append: string; readonly text?: string }
  | { readonly replace: string; readonly old: string; readonly new: string }
  | { readonly add: string; readonly text: string }
  | { readonly remove: string };

/** The YAML text of a `dvc.yaml`. */
export function pipeline(stages: object, rest: object = {}): string {
  return stringify({ ...rest, stages });
}

/** A command that says that it ran, in a file outside the repository, before it does its work. */
export function logged(stage: string, command: string): string {
  return `echo ${stage} >> "$STAGE_LOG" && ${command}`;
}

export async function makeRepository(folder: string, example: Example): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(example.files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  for (const file of example.executables ?? []) await chmod(path.join(folder, file), 0o755);
  await git(folder, ['init', '--quiet', '--initial-branch=main']);
}

export async function git(folder: string, command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', [...command], { cwd: folder });
  return stdout;
}

export async function applyChange(folder: string, change: Change): Promise<void> {
  if ('append' in change) {
    await appendFile(path.join(folder, change.append), change.text ?? 'x');
  } else if ('replace' in change) {
    const file = path.join(folder, change.replace);
    const text = await readFile(file, 'utf8');
    if (!text.includes(change.old)) throw new Error(`${change.replace} has no ${change.old}`);
    await writeFile(file, text.replaceAll(change.old, change.new));
  } else if ('add' in change) {
    await mkdir(path.dirname(path.join(folder, change.add)), { recursive: true });
    await writeFile(path.join(folder, change.add), change.text);
  } else {
    await promisify(execFile)('rm', ['-rf', change.remove], { cwd: folder });
  }
}

/** Every file below a folder: path -> text, an executable one marked. */
export async function contents(
  folder: string,
  ignored: readonly string[] = [],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = async (inner: string): Promise<void> => {
    for (const entry of await readdir(path.join(folder, inner), { withFileTypes: true })) {
      const file = path.posix.join(inner, entry.name);
      if (ignored.includes(file)) continue;
      if (entry.isDirectory()) await walk(file);
      else {
        const { mode } = await stat(path.join(folder, file));
        const text = await readFile(path.join(folder, file), 'utf8');
        found[file] = (mode & 0o100) === 0 ? text : `(executable) ${text}`;
      }
    }
  };
  await walk('');
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
