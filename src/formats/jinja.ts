/** A token of an expression or statement; of a string, `text` is its value with escapes decoded. */
export interface JinjaToken {
  readonly kind: 'name' | 'string' | 'number' | 'operator';
  readonly text: string;
}

/** What stands between `{{` and `}}`, or `{%` and `%}`. */
export interface JinjaExpression {
  readonly source: string;
  readonly tokens: readonly JinjaToken[];
}

/** The parts of a template that are evaluated: not its text, comments and raw blocks. */
const PART =
  /\{#[\s\S]*?#\}|\{%[-+]?\s*raw\s*[-+]?%\}[\s\S]*?\{%[-+]?\s*endraw\s*[-+]?%\}|(\{\{|\{%)([\s\S]*?)(?:\}\}|%\})/g;

const TOKEN =
  /(?<space>\s+)|(?<string>'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")|(?<number>\d[\d_]*(?:\.\d+)?)|(?<name>[\p{L}\p{N}_]+)|(?<operator>\*\*|\/\/|[=!<>]=|[\s\S])/gu;

/** The expressions of a template in Jinja's syntax, in their order. */
export function* jinjaExpressions(template: string): Iterable<JinjaExpression> {
  for (const [source, open, body] of template.matchAll(PART)) {
    if (open !== undefined && body !== undefined) yield { source, tokens: tokensOf(body) };
  }
}

function tokensOf(body: string): JinjaToken[] {
  const tokens: JinjaToken[] = [];
  for (const { groups = {} } of body.matchAll(TOKEN)) {
    const { string, number, name, operator } = groups;
    const last = tokens.at(-1);
    if (string !== undefined) {
      const text = decode(string.slice(1, -1));
      // Strings beside one another are one, as in Python.
      if (last?.kind === 'string')
        tokens[tokens.length - 1] = { kind: 'string', text: last.text + text };
      else tokens.push({ kind: 'string', text });
    } else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name.normalize('NFKC') });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator });
  }
  return tokens;
}

const ESCAPE =
  /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|N\{([\w -]*)\}|([\s\S]))/gi;

function decode(text: string): string {
  return text.replace(ESCAPE, (_, ...groups: (string | undefined)[]) => {
    const [hex2, hex4, hex8, octal, named, other] = groups;
    const hex = hex2 ?? hex4 ?? hex8;
    if (hex !== undefined) return codePoint(Number.parseInt(hex, 16));
    if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
    if (named !== undefined) return /^low line$/i.test(named) ? '_' : '?';
    return other ?? '';
  });
}

function codePoint(point: number): string {
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
}
