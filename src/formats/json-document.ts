import { messageOf } from '../errors.ts';
import { MAX_JSON_BYTES } from './limits.ts';
import { Problems, type Problem } from './problem.ts';
import type { Source } from './source.ts';

/** A file of JSON, as far as it is one. */
export interface JsonDocument {
  /** Undefined where it could not be parsed. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Parses a whole file of JSON. */
export function readJson(source: Source): JsonDocument {
  const problems = new Problems();
  let value: unknown;
  if (source.size > MAX_JSON_BYTES) {
    problems.add('limit', `JSON of ${source.size} bytes is not read here`, 0);
  } else {
    try {
      value = JSON.parse(new TextDecoder().decode(source.view(0, source.size)));
    } catch (thrown) {
      problems.add('malformed', `it is not JSON: ${messageOf(thrown)}`, 0);
    }
  }
  return { value, problems: problems.list };
}
