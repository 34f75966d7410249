/** A Python literal as `ast.literal_eval` would read it: what NumPy's headers are written in. */
export type Literal =
  string | number | bigint | boolean | null | readonly Literal[] | ReadonlyMap<string, Literal>;

/** Headers nest structured types three or four deep; a crafted one could exhaust the stack. */
const MAX_DEPTH = 32;

/** @throws SyntaxError */
export function parseLiteral(text: string): Literal {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw new SyntaxError(`unexpected text at ${this.#at}`);
  }

  value(depth: number): Literal {
    if (depth > MAX_DEPTH) throw new SyntaxError('it nests too deep');
    this.#space();
    const next = this.#text[this.#at];
    if (next === '{') return this.#dictionary(depth);
    if (next === '(' || next === '[') return this.#sequence(next === '(' ? ')' : ']', depth);
    const string = this.#match(/[ubUB]?(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/y);
    if (string) return string[1] ?? string[2] ?? '';
    const number = this.#match(/([-+]?\d+)L?/y)?.[1];
    if (number !== undefined)
      return Number.isSafeInteger(Number(number)) ? Number(number) : BigInt(number);
    const word = this.#match(/True|False|None/y)?.[0];
    if (word === undefined) throw new SyntaxError(`no value at ${this.#at}`);
    return word === 'None' ? null : word === 'True';
  }

  #sequence(close: string, depth: number): Literal[] {
    const items: Literal[] = [];
    this.#at += 1;
    for (;;) {
      if (this.#take(close)) return items;
      items.push(this.value(depth + 1));
      if (this.#take(',')) continue;
      if (this.#take(close)) return items;
      throw new SyntaxError(`no ${close} at ${this.#at}`);
    }
  }

  #dictionary(depth: number): Map<string, Literal> {
    const entries = new Map<string, Literal>();
    this.#at += 1;
    for (;;) {
      if (this.#take('}')) return entries;
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.#take(':'))
        throw new SyntaxError(`no key at ${this.#at}`);
      entries.set(key, this.value(depth + 1));
      if (this.#take(',')) continue;
      if (this.#take('}')) return entries;
      throw new SyntaxError(`no } at ${this.#at}`);
    }
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    this.#match(/\s*/y);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }
}
