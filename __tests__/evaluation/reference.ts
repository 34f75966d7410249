import { readFileSync } from 'node:fs';
import { classification } from '../../src/evaluation/tasks/classification.ts';
import type { QualityMetric } from '../../src/project/metric-names.ts';
import type { Scored } from '../../src/evaluation/tasks/task.ts';

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
  readonly multilabel: readonly {
    readonly name: string;
    readonly labels: readonly (readonly number[])[];
    readonly probabilities: readonly (readonly number[])[];
    readonly metrics: Readonly<Record<string, Nullable>>;
  }[];
  readonly regression: readonly {
    readonly name: string;
    readonly truth: readonly (number | readonly number[])[];
    readonly predicted: readonly (number | readonly number[])[];
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
  readonly permutations: readonly {
    readonly metric: QualityMetric;
    readonly task: 'classification' | 'regression';
    readonly exact: boolean;
    readonly truth: readonly number[];
    readonly ours: readonly number[];
    readonly theirs: readonly number[];
    readonly chance: number;
  }[];
  readonly tails: readonly (readonly [number, number])[];
  readonly discoveries: readonly { readonly chances: number[]; readonly adjusted: number[] }[];
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

/** Answers from rows of probabilities, which need not sum to 1 as exactly as a model's. */
export function classified(
  labels: readonly number[],
  rows: readonly (readonly number[])[],
): Scored {
  const outputs = {
    output: 'scores',
    rowShape: [rows[0]?.length ?? 0],
    integer: false,
    values: Float64Array.from(rows.flat()),
  };
  const values = Int32Array.from(labels);
  const given = { elementType: 'int32', shape: [values.length], values } as const;
  return classification.score(given, outputs, {
    file: 'test.npz',
    subject: 'a model',
    classNames: undefined,
  });
}
