/** A count that changed. */
export interface CountChange {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** A text that changed; undefined where there was none, or is none any more. */
export interface TextChange {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A property may hold a whole licence; what changed in it is for another tool. */
const MAX_TEXT = 10_000;

export function countChanges(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): CountChange[] {
  return namesOf(before, after)
    .map((name) => ({ name, before: before.get(name) ?? 0, after: after.get(name) ?? 0 }))
    .filter((change) => change.before !== change.after)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** In the order of the names, those that are gone first. An empty text is none. */
export function textChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): TextChange[] {
  return namesOf(before, after)
    .map((name) => ({
      name,
      before: textOf(before, name),
      after: textOf(after, name),
    }))
    .filter((change) => change.before !== change.after)
    .map(({ name, ...texts }) => ({ name, before: cut(texts.before), after: cut(texts.after) }));
}

function namesOf(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>) {
  return [...new Set([...before.keys(), ...after.keys()])];
}

function textOf(texts: ReadonlyMap<string, string>, name: string): string | undefined {
  const text = texts.get(name);
  return text === '' ? undefined : text;
}

function cut(text: string | undefined): string | undefined {
  return text !== undefined && text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
