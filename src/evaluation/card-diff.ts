import { textChanges, type TextChange } from '../onnx/diff/changes.ts';

/** A model card, as far as two are compared. */
export interface ModelCard {
  /** What the front matter says; undefined where there is none. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  /** The text behind the front matter. */
  readonly body: string;
}

/** Lines of one card that the other has not. */
export interface Lines {
  readonly count: number;
  /** The first of them. */
  readonly lines: readonly string[];
}

export interface CardDiff {
  /** By the path of a value: `model-index[0].name`. */
  readonly fields: readonly TextChange[];
  readonly removed: Lines;
  readonly added: Lines;
}

/** A card may be a book. */
const MAX_LINES = 200;
const MAX_LINE = 500;

/** Front matter is flat but for the model index, which is seven deep. */
const MAX_DEPTH = 12;

/** Undefined where nothing changed, line breaks and the order of fields and lines aside. */
export function diffCards(
  before: ModelCard | undefined,
  after: ModelCard | undefined,
): CardDiff | undefined {
  const fields = textChanges(fieldsOf(before), fieldsOf(after));
  const [old, now] = [linesOf(before), linesOf(after)];
  const [removed, added] = [linesWithout(old, now), linesWithout(now, old)];
  return fields.length + removed.count + added.count > 0 ? { fields, removed, added } : undefined;
}

function fieldsOf(card: ModelCard | undefined): Map<string, string> {
  return new Map(leaves(card?.metadata ?? {}, '', 0));
}

function leaves(value: unknown, path: string, depth: number): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  if (depth === MAX_DEPTH) return [[path, '…']];
  if (Array.isArray(value)) {
    const plain = value.every((item) => typeof item !== 'object');
    if (plain) return [[path, value.join(', ')]];
    return value.flatMap((item, index) => leaves(item, `${path}[${index}]`, depth + 1));
  }
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path ? `${path}.${key}` : key, depth + 1),
  );
}

function linesOf(card: ModelCard | undefined): string[] {
  return (card?.body ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(Boolean);
}

/** Each line as often as it is there once more than in `others`. */
function linesWithout(lines: readonly string[], others: readonly string[]): Lines {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  const found = lines.filter((line) => {
    const times = left.get(line) ?? 0;
    left.set(line, times - 1);
    return times <= 0;
  });
  const shown = found.slice(0, MAX_LINES).map((line) => line.slice(0, MAX_LINE));
  return { count: found.length, lines: shown };
}
