import type { JinjaToken } from '../../formats/jinja.ts';

/** Objects of Jinja and Flask that lead to the interpreter, by their bare names. */
const LEADING_OBJECTS = new Set(
  'lipsum cycler joiner self request url_for get_flashed_messages __builtins__'.split(' '),
);

/** Attributes that lead there without an underscore in front (jinja2.sandbox lists them). */
const LEADING_ATTRIBUTES = new Set(
  'mro func_globals func_code func_closure im_class im_func im_self gi_frame gi_code gi_yieldfrom cr_frame cr_code ag_frame ag_code tb_frame tb_next f_back f_globals f_builtins f_locals f_code format_map popen'.split(
    ' ',
  ),
);

const SYSTEM_NAMES = new Set(['popen', 'subprocess', 'importlib', 'builtins', 'eval', 'exec']);

/** Names by which every object of Python leads on, wherever a text holds them. */
const SPECIAL_NAME =
  /^__[a-z]\w*__$|__(?:class|bases?|mro|subclasses|globals|builtins|import|getattribute|dict|self|func|code)__/;

/** A piece of such a name: nobody joins these for a conversation. */
const FRAGMENT = /^_{1,2}(?:[a-z]{0,12})$|^[a-z]{1,12}_{1,2}$/;

/** Filters and methods that make a name out of pieces. */
const MAKING = new Set('join format replace reverse lower upper first last string e'.split(' '));

/** Passes, or characters, that one expression makes: the longest conversations have thousands. */
const MAX_REPEATS = 1_000_000;

/** What an expression needs to get out of Jinja, or never to end; undefined for a harmless one. */
export function escapeOf(tokens: readonly JinjaToken[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    const found = escapeAt(tokens, index, token);
    if (found !== undefined) return found;
  }
  return undefined;
}

function escapeAt(
  tokens: readonly JinjaToken[],
  index: number,
  { kind, text }: JinjaToken,
): string | undefined {
  const before = operatorAt(tokens, index - 1);
  const after = operatorAt(tokens, index + 1);
  switch (kind) {
    case 'name':
      return ofName(text, before, after) ?? ofPath(tokens, index);
    case 'string':
      return ofString(text, before, after, tokens, index);
    case 'number':
      return ofNumber(text, before, tokens[index - 2]);
    case 'operator':
      return text === '[' && isSubscript(tokens[index - 1]) && isComputed(tokens, index + 1)
        ? 'a subscript that is computed'
        : undefined;
  }
}

const operatorAt = (tokens: readonly JinjaToken[], index: number): string => {
  const token = tokens[index];
  return token?.kind === 'operator' ? token.text : '';
};

function ofName(name: string, before: string, after: string): string | undefined {
  if (/^__\w+__$/.test(name) || (before === '.' && name.startsWith('_'))) {
    return 'a special attribute of Python';
  }
  if (before === '.' && LEADING_ATTRIBUTES.has(name)) {
    return 'an attribute that leads to the interpreter';
  }
  if (before === '|' && name === 'attr') return 'the filter attr';
  if (before !== '.' && LEADING_OBJECTS.has(name) && /^[.|[]$/.test(after)) {
    return `the object ${name}, which leads to the interpreter`;
  }
  return SYSTEM_NAMES.has(name) && (before === '.' || after === '.' || after === '(')
    ? 'a name of the system'
    : undefined;
}

function ofString(
  text: string,
  before: string,
  after: string,
  tokens: readonly JinjaToken[],
  index: number,
): string | undefined {
  if (SPECIAL_NAME.test(text)) return 'a special attribute of Python, as a text';
  if (before === '[' && after === ']' && SYSTEM_NAMES.has(text)) return 'a name of the system';
  if (text === 'attr' && before === '(') return 'the filter attr';
  const isOperand = /^[~+*]$/.test(before) || /^[~+*]$/.test(after);
  if (FRAGMENT.test(text) && (isOperand || isJoined(tokens, index))) {
    return 'a name that is put together from underscores';
  }
  return /%c|\{[^}]*:c\}/.test(text) && (after === '|' || after === '.' || after === '%')
    ? 'a name that is put together from character codes'
    : undefined;
}

/** Whether a string stands in a list that is joined: `['_', '_', 'class'] | join`. */
function isJoined(tokens: readonly JinjaToken[], index: number): boolean {
  let end = index;
  while (tokens[end]?.kind === 'string' || operatorAt(tokens, end) === ',') end += 1;
  return (
    /^[\])]$/.test(operatorAt(tokens, end)) &&
    operatorAt(tokens, end + 1) === '|' &&
    tokens[end + 2]?.text === 'join'
  );
}

function ofNumber(text: string, before: string, left: JinjaToken | undefined): string | undefined {
  const value = Number(text.replaceAll('_', ''));
  const isEndless =
    (before === '**' && value > 6) ||
    (value > MAX_REPEATS && (before === '*' || (before === '(' && left?.text === 'range')));
  return isEndless ? 'a repetition that has no end' : undefined;
}

/** `{% include '/etc/passwd' %}`: a template from elsewhere on the machine. */
function ofPath(tokens: readonly JinjaToken[], index: number): string | undefined {
  const isStatement = index === 0 || (index === 1 && operatorAt(tokens, 0) !== '');
  const next = tokens[index + 1];
  return isStatement &&
    /^(?:include|import|from|extends)$/.test(tokens[index]?.text ?? '') &&
    next?.kind === 'string' &&
    /^[/\\~]|\.\.|:/.test(next.text)
    ? 'a file outside of the model'
    : undefined;
}

/** Whether `[` behind this token takes an item, rather than opening a list. */
function isSubscript(left: JinjaToken | undefined): boolean {
  if (left === undefined) return false;
  if (left.kind === 'operator') return left.text === ']' || left.text === ')';
  return left.kind === 'string' || !/^(?:in|if|else|and|or|not|is|set|return)$/.test(left.text);
}

/** Whether a subscript makes a text: what a key or an index is, is known or is a variable. */
function isComputed(tokens: readonly JinjaToken[], start: number): boolean {
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const { kind, text } = tokens[index] ?? { kind: 'operator', text: ']' };
    if (kind === 'operator') {
      if (/^[[(]$/.test(text)) depth += 1;
      else if (/^[\])]$/.test(text) && depth-- === 0) return false;
      else if (text === '~') return true;
      else if (text === '+' && isText(tokens, index)) return true;
      else if (text === '|' && MAKING.has(tokens[index + 1]?.text ?? '')) return true;
    }
  }
  return false;
}

const isText = (tokens: readonly JinjaToken[], plus: number): boolean =>
  tokens[plus - 1]?.kind === 'string' || tokens[plus + 1]?.kind === 'string';
