import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { pythonTags } from './yaml-tags.ts';
import { codeOf, UserError, type Place } from '../errors.ts';

/** Far above any hand-written file, far below what would hurt. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A YAML file that remembers where each of its values stands. */
export interface YamlFile {
  /** Relative to the workspace. */
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at `keys`, or of its nearest parent that exists. */
  placeOf(keys: readonly (string | number)[]): Place;
}

export interface YamlOptions {
  /** Shifts places, for text inside another file. */
  readonly firstLine?: number;
  /**
   * Keeps integers apart from floats (as bigint and number) and mappings in order (as Map), and
   * reads scalars as DVC's YAML library does.
   */
  readonly exact?: boolean;
}

/**
 * Reads a YAML 1.2 file; undefined where there is none.
 * @throws UserError where it cannot be read or is not YAML, with the line.
 */
export async function readYaml(
  workspace: string,
  file: string,
  options: YamlOptions = {},
): Promise<YamlFile | undefined> {
  const absolute = path.resolve(workspace, file);
  try {
    const { size } = await stat(absolute);
    if (size > MAX_BYTES) {
      throw new UserError(`${file} is ${size} bytes long`, {
        hint: `A YAML file here may have up to ${MAX_BYTES} bytes.`,
        place: { file },
      });
    }
    return parseYaml(await readFile(absolute, 'utf8'), file, options);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof UserError) throw thrown;
    throw new UserError(`${file} cannot be read`, {
      hint: 'It must be a readable file of UTF-8 text.',
      place: { file },
      cause: thrown,
    });
  }
}

/** Parses the text of `file`. */
export function parseYaml(
  text: string,
  file: string,
  { firstLine = 1, exact = false }: YamlOptions = {},
): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    ...(exact ? { intAsBigInt: true, merge: true, customTags: pythonTags } : { stringKeys: true }),
  });
  const shift = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: line + firstLine - 1, column: col };
  };
  const error =
    document.errors[0] ?? document.warnings.find(({ code }) => code === 'TAG_RESOLVE_FAILED');
  if (error) {
    throw new UserError(`${file} is not valid YAML: ${error.message.split('\n')[0] ?? ''}`, {
      hint: 'Correct the line that is named.',
      place: shift(error.pos[0]),
      cause: error,
    });
  }
  return {
    file,
    value: toValue(document, file, exact),
    placeOf: (keys) => shift(offsetOf(document, keys)),
  };
}

function toValue(document: Document, file: string, exact: boolean): unknown {
  try {
    // The default limit on aliases stops "billion laughs" documents.
    return document.toJS({ mapAsMap: exact }) as unknown;
  } catch (cause) {
    throw new UserError(`${file} cannot be expanded`, {
      hint: 'Its anchors and aliases multiply beyond the limit: write the values out.',
      place: { file },
      cause,
    });
  }
}

function offsetOf(document: Document, keys: readonly (string | number)[]): number {
  for (let length = keys.length; length > 0; length--) {
    const node = document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.range?.[0] ?? 0;
}
