import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { messageOf, UserError } from '../errors.ts';
import type { Value } from './value.ts';
import { parseYaml } from './yaml.ts';

/**
 * Parses parameters by the extension of their file: JSON, TOML, and YAML for any other.
 * @throws UserError for what does not parse, for Python, and for dates, which DVC does not take.
 */
export function readValue(text: string, file: string): Value {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.py') {
    throw new UserError(`${file} holds parameters in Python, which model-ci does not run`, {
      hint: 'Move them to a YAML, JSON or TOML file.',
      place: { file },
    });
  }
  if (extension !== '.json' && extension !== '.toml') {
    return (parseYaml(text, file, { exact: true }).value ?? new Map()) as Value;
  }
  try {
    return extension === '.json' ? readJson(text) : readToml(text, file);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${file} does not parse: ${messageOf(cause).split('\n')[0] ?? ''}`, {
      hint: 'Correct the place that is named.',
      place: { file },
      cause,
    });
  }
}

/** JSON.parse makes one kind of number of two: so numbers go through it as marked strings. */
function readJson(text: string): Value {
  JSON.parse(text);
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`,
  );
  return unmark(JSON.parse(marked));
}

function unmark(value: unknown): Value {
  if (typeof value === 'string') {
    const text = value.slice(1);
    if (value.startsWith('s')) return text;
    return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
  }
  if (Array.isArray(value)) return value.map(unmark);
  if (typeof value !== 'object' || value === null) return value as boolean | null;
  return new Map(Object.entries(value).map(([key, inner]) => [key.slice(1), unmark(inner)]));
}

function readToml(text: string, file: string): Value {
  const convert = (value: unknown): Value => {
    if (value instanceof Date) {
      throw new UserError(`${file} holds the date ${value.toString()}`, {
        hint: 'Write it as a string: a lock has no type for dates.',
        place: { file },
      });
    }
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== 'object' || value === null) return value as Value;
    return new Map(Object.entries(value).map(([key, inner]) => [key, convert(inner)]));
  };
  return convert(parseToml(text, { integersAsBigInt: true }));
}
