import { UserError } from '../errors.ts';
import { pythonFloat } from './python-number.ts';
import { isMapping, plainValue, type Value } from './value.ts';

/** DVC's `${...}`; a backslash before it takes the meaning away. */
const EXPRESSION = /(?<!\\)\$\{(.*?)\}/g;
const PATH = /^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]+\])*$/;

/** What `${}` may name. */
export type Context = ReadonlyMap<string, Value>;

/** Why a template could not be filled in; whoever knows the place adds it. */
export class TemplateError extends UserError {
  override readonly name = 'TemplateError';
}

/**
 * Fills in every `${}` within `value`. A string that is one expression and nothing else becomes the
 * value itself. Where `composite` says so, that may be a list or a mapping; within a `command`, a
 * mapping becomes options (`--key value`).
 * @throws TemplateError for a name that is not in the context and for what cannot be put there.
 */
export function interpolate(
  value: Value,
  context: Context,
  options: { readonly composite?: boolean; readonly command?: boolean } = {},
): Value {
  if (typeof value === 'string') return interpolateText(value, context, options);
  if (Array.isArray(value)) return value.map((item: Value) => interpolate(item, context, options));
  if (!isMapping(value)) return value;
  return new Map(
    Array.from(value, ([key, inner]) => [
      typeof key === 'string' ? interpolateText(key, context, options) : key,
      interpolate(inner, context, options),
    ]),
  );
}

/** Whether a text has anything to fill in, or to take a backslash from. */
export function isTemplate(text: string): boolean {
  return text.includes('${');
}

function interpolateText(
  template: string,
  context: Context,
  { composite = false, command = false }: { composite?: boolean; command?: boolean },
): Value {
  const matches = Array.from(template.matchAll(EXPRESSION));
  const [only] = matches;
  if (matches.length === 1 && only?.[0] === template) {
    const value = select(only[1] ?? '', context);
    if (!composite) refuseComposite(value, only[0], command && isMapping(value));
    return value;
  }
  return template
    .replace(EXPRESSION, (expression: string, name: string) => {
      const value = select(name, context);
      refuseComposite(value, expression, command && isMapping(value));
      return isMapping(value) ? optionsText(value) : textOf(value);
    })
    .replaceAll('\\${', '${');
}

function refuseComposite(value: Value, expression: string, allowed: boolean): void {
  if (allowed || typeof value !== 'object' || value === null) return;
  throw new TemplateError(`${expression} is a ${isMapping(value) ? 'mapping' : 'list'}`, {
    hint: 'Name one value in it, such as ${name.key} or ${name[0]}.',
  });
}

/** The value at `a.b[0].c`. */
function select(expression: string, context: Context): Value {
  const name = expression.trim();
  if (!PATH.test(name)) {
    throw new TemplateError(`'\${${expression}}' names no value`, {
      hint: 'Write ${name}, ${name.key} or ${name[0]}; a backslash before it keeps it as text.',
    });
  }
  let found: Value | undefined = context;
  for (const part of name.replaceAll('[', '.').replaceAll(']', '').split('.')) {
    const key = part.trim();
    if (isMapping(found)) found = found.get(key);
    else if (Array.isArray(found) && /^-?\d+$/.test(key))
      found = (found as Value[]).at(Number(key));
    else found = undefined;
    if (found === undefined) {
      throw new TemplateError(`\${${name}} is not known`, {
        hint: "Define it in params.yaml or under 'vars'.",
      });
    }
  }
  return found;
}

/** A primitive as DVC writes it into a text. */
export function textOf(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'number') return floatText(value);
  return typeof value === 'object' ? JSON.stringify(plainValue(value)) : String(value);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? pythonFloat(value) : value < 0 ? '-inf' : 'inf';
}

/** `{lr: 0.1, model: {deep: true}}` as `--lr 0.1 --model.deep`. */
function optionsText(mapping: ReadonlyMap<unknown, Value>): string {
  return flatten(mapping, '')
    .flatMap(([key, value]) => option(key, value))
    .join(' ');
}

function option(key: string, value: Value): string[] {
  if (typeof value === 'boolean') return value ? [`--${key}`] : [];
  if (!Array.isArray(value)) return [`--${key} ${quoted(value)}`];
  const items = value as readonly Value[];
  if (items.length === 0) return [];
  for (const item of items) refuseComposite(item, `'${key}'`, false);
  return [`--${key} ${items.map(quoted).join(' ')}`];
}

function flatten(mapping: ReadonlyMap<unknown, Value>, prefix: string): [string, Value][] {
  return Array.from(mapping).flatMap(([key, value]) => {
    const name = prefix + String(key);
    return isMapping(value) && value.size > 0
      ? flatten(value, `${name}.`)
      : [[name, value] as [string, Value]];
  });
}

/** A text as the shell reads it back (Python's `shlex.quote`); other values need no quotes. */
function quoted(value: Value): string {
  if (typeof value !== 'string') return textOf(value);
  if (value !== '' && /^[\w@%+=:,./-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", `'"'"'`)}'`;
}
