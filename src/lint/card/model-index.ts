/** A value that a card claims in its `model-index`. */
export interface Claim {
  /** The type of the metric, such as `accuracy`. */
  readonly metric: string;
  readonly value: unknown;
  readonly keys: readonly (string | number)[];
}

export interface ModelIndex {
  readonly claims: readonly Claim[];
  /** What the entry lacks or has wrong, as sentences with their place. */
  readonly problems: readonly { message: string; keys: readonly (string | number)[] }[];
}

type Fields = Readonly<Record<string, unknown>>;
type Keys = readonly (string | number)[];

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

/** Reads `model-index` (hub documentation, Model Cards, Evaluation Results). */
export function readModelIndex(value: unknown): ModelIndex {
  const reader = new Reader();
  reader.index(value, ['model-index']);
  return reader;
}

class Reader implements ModelIndex {
  readonly claims: Claim[] = [];
  readonly problems: { message: string; keys: Keys }[] = [];

  index(value: unknown, keys: Keys): void {
    for (const [model, at] of this.#list(value, keys, 'a list of models')) {
      if (!isText(model.name)) this.#problem('the model has no name', at);
      const results = [...at, 'results'];
      for (const [result, place] of this.#list(model.results, results, 'a list of results')) {
        this.#result(result, place);
      }
    }
  }

  #result(result: Fields, keys: Keys): void {
    for (const [field, wanted] of [
      ['task', ['type']],
      ['dataset', ['name', 'type']],
    ] as const) {
      const part = result[field];
      const missing = wanted.filter((key) => !isFields(part) || !isText(part[key]));
      if (missing.length > 0) this.#problem(`${field} has no ${missing.join(' and no ')}`, keys);
    }
    for (const [metric, at] of this.#list(
      result.metrics,
      [...keys, 'metrics'],
      'a list of metrics',
    )) {
      if (!isText(metric.type)) this.#problem('the metric has no type', at);
      if (metric.value === undefined || metric.value === null) {
        this.#problem('the metric has no value', at);
      } else if (typeof metric.type === 'string') {
        this.claims.push({ metric: metric.type, value: metric.value, keys: [...at, 'value'] });
      }
    }
  }

  /** The mappings of a list that must be there and hold at least one. */
  #list(value: unknown, keys: Keys, what: string): [Fields, Keys][] {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isFields)) {
      this.#problem(`${String(keys.at(-1))} is not ${what}`, keys);
      return [];
    }
    return value.map((item, index) => [item, [...keys, index]]);
  }

  #problem(message: string, keys: Keys): void {
    this.problems.push({ message, keys });
  }
}
