import { UserError } from '../../errors.ts';
import { parseYaml } from '../../project/yaml.ts';
import { decodeUtf8 } from '../../formats/protobuf.ts';
import type { Source } from '../../formats/source.ts';

/** A card is prose; the hub refuses longer ones. */
const MAX_CARD_BYTES = 4 * 1024 * 1024;

/** A model card: Markdown behind a front matter of YAML (Hugging Face's conventions). */
export interface Card {
  /** What the front matter says; undefined where there is none, or it is no mapping. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  /** Why there is no metadata, as a sentence. */
  readonly problem: string | undefined;
  readonly problemLine: number;
  /** The text behind the front matter. */
  readonly body: string;
  /** The line of a key of the front matter, 1-based. */
  readonly lineOf: (...keys: readonly (string | number)[]) => number;
}

const FRONT_MATTER = /^---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/;

/** Reads a card. Whatever is wrong with it is in `problem`; it never throws. */
export function readCard(source: Source): Card {
  const text = decodeUtf8(source.view(0, Math.min(source.size, MAX_CARD_BYTES)));
  if (text === undefined) return broken('it is not UTF-8 text', '');
  const content = text.replace(/^\ufeff/, '');
  const [whole, yaml = ''] = FRONT_MATTER.exec(content) ?? [];
  if (whole === undefined) {
    return /^---[ \t]*\r?\n/.test(content)
      ? broken('its front matter is never closed by ---', content)
      : broken('it has no front matter between two lines of ---', content);
  }
  return parse(yaml, content.slice(whole.length));
}

/** The front matter starts behind its opening line. */
const FIRST_LINE = 2;

function parse(yaml: string, body: string): Card {
  try {
    const front = parseYaml(yaml, 'the front matter', { firstLine: FIRST_LINE });
    const { value } = front;
    if (value === null) return broken('its front matter is empty', body);
    if (typeof value !== 'object' || Array.isArray(value)) {
      return broken('its front matter is no mapping of keys to values', body);
    }
    return {
      metadata: value as Card['metadata'],
      problem: undefined,
      problemLine: 1,
      body,
      lineOf: (...keys) => front.placeOf(keys).line ?? 1,
    };
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return broken(thrown.message, body, thrown.place?.line);
  }
}

function broken(problem: string, body: string, line = 1): Card {
  return { metadata: undefined, problem, problemLine: line, body, lineOf: () => 1 };
}
