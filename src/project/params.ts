import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { codeOf, messageOf, UserError, type Place } from '../errors.ts';
import { parseYaml } from './yaml.ts';
import type { ParamsRequest } from './pipeline-file.ts';

/** Dotted key -> value, as the lock records them. */
export type Params = Readonly<Record<string, unknown>>;

/**
 * The values that a stage asks for from one file.
 * @throws UserError where the file or a key is missing, or it does not parse.
 */
export async function readParams(
  folder: string,
  request: ParamsRequest,
  place: Place,
): Promise<Params> {
  const all = await readParamsFile(folder, request.file, place);
  if (request.keys === undefined) return all as Params;
  const found: Record<string, unknown> = {};
  for (const key of request.keys) {
    const value = valueAt(all, key);
    if (value === undefined) {
      throw new UserError(`${request.file} has no parameter '${key}'`, {
        hint: `Add it, or take it out of the stage's params.`,
        place,
      });
    }
    found[key] = value;
  }
  return found;
}

async function readParamsFile(folder: string, file: string, place: Place): Promise<object> {
  const text = await readFile(path.join(folder, file), 'utf8').catch((cause: unknown) => {
    const missing = codeOf(cause) === 'ENOENT';
    throw new UserError(`the parameters ${file} ${missing ? 'do not exist' : 'cannot be read'}`, {
      hint: "Write the file, or take it out of the stage's params.",
      place,
      cause,
    });
  });
  const value = parse(text, file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UserError(`${file} holds no mapping of names to values`, {
    hint: 'Parameters are a mapping at the top of the file.',
    place: { file },
  });
}

function parse(text: string, file: string): unknown {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.py') {
    throw new UserError(`${file} holds parameters in Python, which model-ci does not run`, {
      hint: 'Move them to a YAML, JSON or TOML file.',
      place: { file },
    });
  }
  if (extension !== '.json' && extension !== '.toml') return parseYaml(text, file).value ?? {};
  try {
    return extension === '.json' ? JSON.parse(text) : parseToml(text);
  } catch (cause) {
    throw new UserError(`${file} does not parse: ${messageOf(cause).split('\n')[0] ?? ''}`, {
      hint: 'Correct the place that is named.',
      place: { file },
      cause,
    });
  }
}

function valueAt(value: unknown, key: string): unknown {
  let found = value;
  for (const part of key.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part))
      return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}
