import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as library from '@huggingface/tokenizers';
import { messageOf, UserError } from '../../errors.ts';
import { MAX_TOKENIZER_BYTES } from '../limits.ts';
import type { Padding } from '../padding.ts';
import { invalidData } from '../problem.ts';

/** What is used of the package, whose own declarations do not resolve under Node's rules. */
interface Tokenizer {
  encode(
    text: string,
    options: {
      readonly text_pair?: string | null;
      readonly add_special_tokens: boolean;
      readonly return_token_type_ids?: true;
    },
  ): { readonly ids: readonly number[]; readonly token_type_ids?: readonly number[] };
  token_to_id(token: string): number | undefined;
}

const { Tokenizer } = library as unknown as {
  readonly Tokenizer: new (json: object, config: object) => Tokenizer;
};

/** The tokens of a text or of a pair of texts. */
export interface Encoding {
  readonly ids: readonly number[];
  /** 0 for the first text, 1 for the second. */
  readonly types: readonly number[];
}

/** A tokenizer.json of Hugging Face, giving what Python's `tokenizers` gives. */
export class Encoder {
  readonly padding: Padding;
  readonly #tokenizer: Tokenizer;
  readonly #special: boolean;
  readonly #most: number;

  private constructor(
    tokenizer: Tokenizer,
    padding: Padding,
    options: { readonly most: number; readonly special: boolean },
  ) {
    this.#tokenizer = tokenizer;
    this.padding = padding;
    this.#most = options.most;
    this.#special = options.special;
  }

  /** @throws UserError for what is no tokenizer.json. */
  static async read(
    folder: string,
    file: string,
    options: { readonly most: number; readonly special: boolean },
  ): Promise<Encoder> {
    try {
      const absolute = path.resolve(folder, file);
      const { size } = await stat(absolute);
      if (size > MAX_TOKENIZER_BYTES) throw new Error(`it has ${size} bytes`);
      const json = JSON.parse(await readFile(absolute, 'utf8')) as TokenizerFile;
      const tokenizer = new Tokenizer(json, {});
      return new Encoder(tokenizer, paddingOf(json, tokenizer), options);
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw invalidData(
        { file },
        `cannot be read as a tokenizer: ${messageOf(cause).slice(0, 200)}`,
        'Save it with Tokenizer.save or save_pretrained: a file called tokenizer.json.',
        cause,
      );
    }
  }

  /** The tokens, cut to the greatest length: of a pair, the longer text is cut first. */
  encode(text: string, pair: string | null): Encoding {
    // The package takes an empty second text for none.
    const second = pair === '' ? STAND_IN : pair;
    const whole = this.#tokenizer.encode(text, {
      text_pair: second,
      add_special_tokens: this.#special,
      return_token_type_ids: true,
    });
    if (whole.ids.length <= this.#most && second === pair && whole.token_type_ids) {
      return { ids: whole.ids, types: whole.token_type_ids };
    }
    const parts = [text, ...(second === null ? [] : [second])].map(
      (one) => this.#tokenizer.encode(one, { add_special_tokens: false }).ids,
    );
    const lengths = parts.map(({ length }, index) => (index === 1 && pair === '' ? 0 : length));
    const special = whole.ids.length - parts.reduce((sum, { length }) => sum + length, 0);
    const types =
      whole.token_type_ids ?? whole.ids.map((_, at) => (at < (parts[0]?.length ?? 0) ? 0 : 1));
    const kept = keptLengths(lengths, Math.max(0, this.#most - special));
    return cut({ ids: whole.ids, types }, parts, kept);
  }
}

/** Any text that has a token. */
const STAND_IN = 'a';

/** Leaves the first `kept` tokens of each text, and the special ones around them. */
function cut(
  { ids, types }: Encoding,
  parts: readonly (readonly number[])[],
  kept: readonly number[],
): Encoding {
  const places: number[] = [];
  let from = 0;
  parts.forEach((part, index) => {
    const start = placeOf(part, ids, from);
    for (let at = from; at < start + (kept[index] ?? 0); at++) places.push(at);
    from = start + part.length;
  });
  for (let at = from; at < ids.length; at++) places.push(at);
  return { ids: places.map((at) => ids[at] ?? 0), types: places.map((at) => types[at] ?? 0) };
}

/** `longest_first` of Hugging Face's tokenizers (utils/truncation.rs). */
function keptLengths(lengths: readonly number[], most: number): readonly number[] {
  const [first = 0, second] = lengths;
  if (second === undefined) return [Math.min(first, most)];
  const shorter = Math.min(first, second);
  let [low, high] = [shorter, shorter > most ? shorter : Math.max(shorter, most - shorter)];
  if (low + high > most) {
    low = Math.floor(most / 2);
    high = low + (most % 2);
  }
  return first > second
    ? [Math.min(first, high), Math.min(second, low)]
    : [Math.min(first, low), Math.min(second, high)];
}

/** Where `part` stands in `ids`, at or after `from`. */
function placeOf(part: readonly number[], ids: readonly number[], from: number): number {
  for (let start = from; start + part.length <= ids.length; start++) {
    if (part.every((id, at) => ids[start + at] === id)) return start;
  }
  return from;
}

interface TokenizerFile {
  readonly padding?: {
    readonly pad_id?: number;
    readonly direction?: string;
  } | null;
}

/** What the file says, or its padding token, or 0. */
function paddingOf({ padding }: TokenizerFile, tokenizer: Tokenizer): Padding {
  const side = padding?.direction?.toLowerCase() === 'left' ? 'left' : 'right';
  const named = ['[PAD]', '<pad>', '<|endoftext|>', '</s>'].map((token) =>
    tokenizer.token_to_id(token),
  );
  return { value: padding?.pad_id ?? named.find((id) => id !== undefined) ?? 0, side };
}
