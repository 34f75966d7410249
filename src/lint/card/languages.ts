/** What the hub takes beside codes of ISO 639 (hub documentation, Model Cards). */
const NO_LANGUAGE = new Set(['multilingual', 'code', 'other']);

/** Made when a card is met: it loads tables that take longer than a lint without one. */
let displayNames: Intl.DisplayNames | undefined;

function nameOf(code: string): string | undefined {
  displayNames ??= new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  return displayNames.of(code);
}

/** Every code of two letters that has a name, by that name. */
function codesByName(): Map<string, string> {
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(0x61 + index));
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return new Map(codes.map((code) => [nameOf(code)?.toLowerCase() ?? code, code]));
}

/**
 * Whether this is a language code: ISO 639-1, 639-2 or 639-3, possibly with a script or a region.
 * Of the 8,000 codes of three letters every one is taken.
 */
export function isLanguage(text: string): boolean {
  if (NO_LANGUAGE.has(text)) return true;
  const [, code = ''] = /^([a-z]{2,3})(?:[-_][A-Za-z\d]{2,8})*$/.exec(text) ?? [];
  return code.length === 3 || (code.length === 2 && nameOf(code) !== undefined);
}

/** The code of a language that is given by its name. */
export function languageCode(name: string): string | undefined {
  return codesByName().get(name.trim().toLowerCase());
}
