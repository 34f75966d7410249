import { readFileSync } from 'node:fs';
import type { Predictions } from '../../src/evaluation/predictions.ts';

type Nullable = number | null;

/** What scripts/peers/statistics.sh wrote; null stands for NaN. */
export interface Reference {
  readonly classification: readonly {
    readonly name: string;
    readonly labels: readonly number[];
    readonly probabilities: readonly (readonly number[])[];
    readonly perClass: Readonly<Record<'precision' | 'recall' | 'f1' | 'support', Nullable[]>>;
    readonly confusion: readonly (readonly number[])[];
    readonly metrics: Readonly<Record<string, Nullable>>;
  }[];
  readonly regression: readonly {
    readonly name: string;
    readonly truth: readonly number[];
    readonly predicted: readonly number[];
    readonly metrics: Readonly<Record<string, Nullable>>;
  }[];
  readonly pairs: readonly {
    readonly broken: number;
    readonly fixed: number;
    readonly total: number;
    readonly mcnemar: number;
    readonly tango95: readonly [number, number];
  }[];
  readonly bootstrap: { readonly values: number[]; readonly low: number; readonly high: number };
  readonly normal: readonly (readonly [number, number])[];
  readonly quantiles: {
    readonly values: number[];
    readonly shares: number[];
    readonly expected: number[];
  };
}

export const reference = JSON.parse(
  readFileSync(new URL('fixtures/reference.json', import.meta.url), 'utf8'),
) as Reference;

/** Predictions from rows of probabilities. */
export function predictionsOf(rows: readonly (readonly number[])[]): Predictions {
  const classes = rows[0]?.length ?? 0;
  return {
    examples: rows.length,
    classes,
    predicted: Int32Array.from(rows, (row) => row.indexOf(Math.max(...row))),
    probabilities: Float64Array.from(rows.flat()),
    scores: 'probabilities',
  };
}
