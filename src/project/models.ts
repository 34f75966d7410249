import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { codeOf, UserError } from '../errors.ts';
import type { EvaluationPolicy } from './evaluation-policy.ts';
import { POLICY_FILE, type Policy } from './policy.ts';

/** A named file or folder of weights with its card. */
export interface Model {
  readonly name: string;
  /** Relative to the workspace, with forward slashes. */
  readonly path: string;
  /** Globs below `path`; undefined for every file. */
  readonly files: readonly string[] | undefined;
  readonly evaluation: EvaluationPolicy | undefined;
}

/** The models that the policy declares, by name. */
export function declaredModels(policy: Policy): readonly Model[] {
  return Object.entries(policy.models).map(([name, model]) => ({
    name,
    path: path.posix.normalize(model.path),
    files: model.files,
    evaluation: model.evaluation,
  }));
}

/**
 * The model called `name`, or the only one where no name is given.
 * @throws UserError where there is no such model, or several to choose from.
 */
export function findModel(policy: Policy, name: string | undefined): Model {
  const models = declaredModels(policy);
  const names = models.map((model) => model.name).join(', ');
  if (name === undefined && models.length > 1) {
    throw new UserError(`${models.length} models are declared and none was named`, {
      hint: `Name one of: ${names}.`,
      place: { file: POLICY_FILE },
    });
  }
  const found = name === undefined ? models[0] : models.find((model) => model.name === name);
  if (found) return found;
  throw new UserError(
    name === undefined ? 'no model is declared' : `no model is called '${name}'`,
    {
      hint: names
        ? `${POLICY_FILE} declares: ${names}.`
        : `Declare it under 'models:' in ${POLICY_FILE}, with the path of its weights.`,
      place: { file: POLICY_FILE },
    },
  );
}

export interface ModelFile {
  /** Relative to the model's folder (the file's name for a model of one file), forward slashes. */
  readonly name: string;
  readonly absolute: string;
  readonly size: number;
}

/**
 * The files that make up a model, sorted by name (code units, as the manifest wants them).
 * @throws UserError for a path outside the workspace, a missing or empty model, and for anything
 * in it that is neither a file nor a folder: a symlink would let a snapshot name other bytes.
 */
export async function modelFiles(workspace: string, model: Model): Promise<readonly ModelFile[]> {
  const root = path.resolve(workspace, model.path);
  if (root !== workspace && !root.startsWith(workspace + path.sep)) {
    throw new UserError(`model '${model.name}' lies outside the repository: ${model.path}`, {
      hint: `Correct its path in ${POLICY_FILE}.`,
      place: { file: POLICY_FILE },
    });
  }
  const found = await walk(root, model);
  const matched = found.filter(({ name }) => belongsTo(model, name));
  if (matched.length === 0) {
    throw new UserError(`model '${model.name}' has no files at ${model.path}`, {
      hint: 'Train it first, fetch it (git lfs pull, dvc pull), or correct path and files in the policy.',
      place: { file: model.path },
    });
  }
  return matched.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Git's own files are no part of a model: the reference implementation of OMS skips the same. */
export const IGNORED_PATHS = ['.git', '.gitattributes', '.github', '.gitignore'] as const;

async function walk(root: string, model: Model): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  const ignored = new Set<string>(IGNORED_PATHS);
  const visit = async (absolute: string, name: string): Promise<void> => {
    const status = await lstat(absolute);
    if (status.isFile()) {
      files.push({ name: name || path.basename(absolute), absolute, size: status.size });
    } else if (status.isDirectory()) {
      for (const entry of await readdir(absolute)) {
        const inner = path.posix.join(name, entry);
        if (!ignored.has(inner)) await visit(path.join(absolute, entry), inner);
      }
    } else {
      throw new UserError(`model '${model.name}' holds ${name}, which is not a regular file`, {
        hint: 'Replace links and special files by the files themselves.',
        place: { file: path.posix.join(model.path, name) },
      });
    }
  };
  try {
    await visit(root, '');
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
    // Without this, a file whose name is not UTF-8 would silently be left out of the model.
    if (await exists(root)) throw unreadable(model, thrown);
  }
  return files;
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

function unreadable(model: Model, cause: unknown): UserError {
  return new UserError(`model '${model.name}' holds a file that vanished or has an unusual name`, {
    hint: 'Names must be UTF-8, and nothing may change the folder meanwhile.',
    place: { file: model.path },
    cause,
  });
}

/** Whether a file of that name below the model's path is one of its files. */
export function belongsTo({ files }: Pick<Model, 'files'>, name: string): boolean {
  if (IGNORED_PATHS.some((ignored) => name === ignored || name.startsWith(`${ignored}/`))) {
    return false;
  }
  return files === undefined || picomatch(files as string[], { dot: true })(name);
}
