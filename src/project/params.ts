import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError, type Place } from '../errors.ts';
import type { ParamsRequest } from './pipeline-file.ts';
import { readValue } from './read-value.ts';
import { isMapping, type Value } from './value.ts';

/** Dotted key -> value, as the lock records them. */
export type Params = ReadonlyMap<string, Value>;

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
  if (request.keys === undefined) return withTextKeys(all);
  const found = new Map<string, Value>();
  for (const key of request.keys) {
    const value = valueAt(all, key);
    if (value === undefined) {
      throw new UserError(`${request.file} has no parameter '${key}'`, {
        hint: `Add it, or take it out of the stage's params.`,
        place,
      });
    }
    found.set(key, value);
  }
  return found;
}

async function readParamsFile(
  folder: string,
  file: string,
  place: Place,
): Promise<ReadonlyMap<unknown, Value>> {
  const text = await readFile(path.join(folder, file), 'utf8').catch((cause: unknown) => {
    const missing = codeOf(cause) === 'ENOENT';
    throw new UserError(`the parameters ${file} ${missing ? 'do not exist' : 'cannot be read'}`, {
      hint: "Write the file, or take it out of the stage's params.",
      place,
      cause,
    });
  });
  const value = readValue(text, file);
  if (isMapping(value)) return value;
  throw new UserError(`${file} holds no mapping of names to values`, {
    hint: 'Parameters are a mapping at the top of the file.',
    place: { file },
  });
}

function withTextKeys(values: ReadonlyMap<unknown, Value>): Params {
  return new Map(Array.from(values, ([key, value]) => [String(key), value]));
}

function valueAt(value: Value, key: string): Value | undefined {
  let found: Value | undefined = value;
  for (const part of key.split('.')) {
    if (isMapping(found)) found = found.get(part);
    else if (Array.isArray(found) && /^\d+$/.test(part)) found = (found as Value[])[Number(part)];
    else return undefined;
  }
  return found;
}
