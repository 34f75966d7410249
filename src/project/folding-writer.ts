import type { ScalarStyle } from './scalar-style.ts';

/** ruamel.yaml folds behind this column. */
const WIDTH = 80;

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** What stands between double quotes as it is. */
const PRINTABLE =
  /^[\x20\x21\x23-\x5b\x5d-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]$/u;

const BREAK = /^[\n\u0085\u2028\u2029]$/;

/**
 * Text with a memory of its column. Scalars are folded as ruamel.yaml's emitter (0.19) folds them:
 * `write_plain`, `write_single_quoted` and `write_double_quoted`, with what they do at the margin.
 */
export class FoldingWriter {
  text = '';
  /** In code points since the last line break. */
  #column = 0;

  write(text: string): void {
    this.text += text;
    this.#column += lengthOf(text);
  }

  breakLine(indent: number): void {
    this.text += `\n${' '.repeat(indent)}`;
    this.#column = indent;
  }

  /** `folds` is false for a key. Lines after the first start at `indent`. */
  scalar(text: string, style: ScalarStyle, indent: number, folds: boolean): void {
    if (style === 'plain') this.#plain(text, indent, folds);
    else if (style === 'single') this.#singleQuoted(text, indent, folds);
    else this.#doubleQuoted(Array.from(text), indent, folds);
  }

  /** The blank before a word that gets a line of its own stays behind, as it does there. */
  #plain(text: string, indent: number, folds: boolean): void {
    if (this.#column + text.length <= WIDTH) {
      this.write(text);
      return;
    }
    for (const part of text.match(/ +|[^ ]+/g) ?? []) {
      if (part.startsWith(' ')) {
        if (part.length === 1 && this.#column >= WIDTH && folds) this.breakLine(indent);
        else this.write(part);
      } else {
        const length = lengthOf(part);
        if (length + this.#column > WIDTH && this.#column > indent) this.breakLine(indent);
        this.write(part);
      }
    }
  }

  #singleQuoted(text: string, indent: number, folds: boolean): void {
    this.write("'");
    let at = 0;
    for (const part of text.match(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g) ?? []) {
      const inside = at > 0 && at + part.length < text.length;
      if (part === ' ' && inside && this.#column > WIDTH && folds) this.breakLine(indent);
      else if (BREAK.test(part.slice(0, 1))) this.#breaks(part, indent);
      else this.write(part.replaceAll("'", "''"));
      at += part.length;
    }
    this.write("'");
  }

  #breaks(breaks: string, indent: number): void {
    this.text += (breaks.startsWith('\n') ? '\n' : '') + breaks;
    this.text += ' '.repeat(indent);
    this.#column = indent;
  }

  #doubleQuoted(text: readonly string[], indent: number, folds: boolean): void {
    this.write('"');
    let start = 0;
    for (let end = 0; end <= text.length; end++) {
      const character = text[end];
      if (character === undefined || !PRINTABLE.test(character)) {
        this.write(text.slice(start, end).join(''));
        start = end;
        if (character !== undefined) {
          this.write(escape(character));
          start = end + 1;
        }
      }
      const mayFold = folds && end > 0 && end < text.length - 1;
      if (!mayFold || !(character === ' ' || start >= end)) continue;
      if (this.#column + (end - start) > WIDTH) start = this.#foldQuoted(text, start, end, indent);
    }
    this.write('"');
  }

  /** Returns where the text goes on. */
  #foldQuoted(text: readonly string[], start: number, end: number, indent: number): number {
    const backslash = needsBackslash(text, start, end);
    this.write(text.slice(start, end).join('') + (backslash ? '\\' : ''));
    this.breakLine(indent);
    const next = Math.max(start, end);
    if (text[next] !== ' ') return next;
    if (!backslash) return next + 1;
    this.write('\\');
    return next;
  }
}

/** In code points. */
function lengthOf(text: string): number {
  return /[\ud800-\udbff]/.test(text) ? Array.from(text).length : text.length;
}

/** Whether a line break put here would be read as something else than the one blank it replaces. */
function needsBackslash(text: readonly string[], start: number, end: number): boolean {
  let blank = text.indexOf(' ', end);
  if (blank === -1) return true;
  const newline = text.indexOf('\n', end);
  if (newline !== -1 && newline < blank) blank = newline;
  const after = text[blank + 1];
  if (after === undefined || (text[blank] === '\n' && after !== ' ')) return true;
  const passed = text.slice(end, blank);
  return (
    passed.includes('"') ||
    passed.includes("'") ||
    after === ' ' ||
    after === '\n' ||
    (text[end - 1] === ' ' && text[end] === ' ') ||
    start === end
  );
}

function escape(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
