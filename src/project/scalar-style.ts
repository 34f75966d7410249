/**
 * Which of YAML's styles a string takes in the files that DVC writes, as ruamel.yaml (its YAML
 * library, 0.19) decides it for a block context: the rules of `Emitter.analyze_scalar` and
 * `Emitter.choose_scalar_style`, and the implicit types of `resolver.py` for YAML 1.2.
 */
export type ScalarStyle = 'plain' | 'single' | 'double';

const BREAK = /[\n\u0085\u2028\u2029]/;

/** What may not stand in a plain or single-quoted scalar: control characters, tabs, surrogates. */
const SPECIAL = /[^\n\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** Characters that mean something to YAML at the start, before a blank, or after one. */
const INDICATORS = [
  /^(---|\.\.\.)/,
  /^[#,[\]{}&*!|>'"%@`]/,
  /^[?:-](?=[\0 \t\r\n\u0085\u2028\u2029]|$)/,
  /:(?=[\0 \t\r\n\u0085\u2028\u2029]|$)/,
  /[\0 \t\r\n\u0085\u2028\u2029]#/,
];

/** Plain, these would be read as something other than a string. */
const OTHER_TYPES = [
  /^(true|True|TRUE|false|False|FALSE)$/,
  /^(~|null|Null|NULL|<<|=)$/,
  /^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+)$/,
  /^([-+]?\.[0-9_]+([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/,
  /^([-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/,
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  /^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?([Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9][0-9]?(:[0-9]{2})?))?$/,
];

/** Types are looked for only where the string starts like one. */
const TYPE_STARTS = /^[-+0-9.tTfF~nN<=]/;

/** Most strings of a lock: paths and hashes, which look like nothing else. */
const ORDINARY = /^(?:[a-eg-mo-su-zA-EG-MO-SU-Z_][\w./-]*|(?!0[box])\d[\da-z]*[acdf][\da-z]*)$/;

export function styleOf(text: string): ScalarStyle {
  if (ORDINARY.test(text)) return 'plain';
  if (text !== '' && !BREAK.test(text) && mayBePlain(text)) return 'plain';
  if (text.includes("'") || text.includes('\n')) return 'double';
  return mayBeSingleQuoted(text) ? 'single' : 'double';
}

function mayBePlain(text: string): boolean {
  return (
    !text.startsWith(' ') &&
    !text.endsWith(' ') &&
    !SPECIAL.test(text) &&
    !INDICATORS.some((indicator) => indicator.test(text)) &&
    !(TYPE_STARTS.test(text) && OTHER_TYPES.some((type) => type.test(text)))
  );
}

function mayBeSingleQuoted(text: string): boolean {
  const blankBesideBreak = / [\n\u0085\u2028\u2029]|[\n\u0085\u2028\u2029] /;
  return !SPECIAL.test(text) && !blankBesideBreak.test(text);
}
