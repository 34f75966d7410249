import { UserError } from '../errors.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { QualityMetric } from '../project/metric-names.ts';
import { compare, lossPairs, type Comparison } from './comparison.ts';
import { normalQuantile, normalUpperTail } from './statistics/normal.ts';
import { lossChance, type Pairs } from './statistics/paired.ts';
import type { Scored, Task } from './tasks/task.ts';

/** A column with more values is an id or a measure, and its slices say nothing. */
const MAX_VALUES = 50;

/** The examples that share one value of a column. */
export interface Slice {
  /** `country = DE`. */
  readonly name: string;
  readonly examples: number;
  /** Every metric that the examples of the slice allow. */
  readonly qualities: readonly Comparison[];
  /** By metric, the pairs where it is a share of right answers. */
  readonly pairs: ReadonlyMap<string, Pairs>;
}

/** The slice of each example, by column. */
export type SliceColumns = ReadonlyMap<string, readonly string[]>;

/** None where only metrics of all examples are known. @throws UserError where a column has too many values. */
export function slicesOf(
  task: Task,
  columns: SliceColumns,
  { candidate, baseline }: { readonly candidate: Scored; readonly baseline: Scored | undefined },
  policy: EvaluationPolicy,
  { same }: { readonly same: boolean },
): Slice[] {
  const asked = askedFor(task, policy);
  if (!candidate.divisible || baseline?.divisible === false) return [];
  return [...columns].flatMap(([column, values]) =>
    [...rowsByValue(column, values)].map(([value, rows]): Slice => {
      const [ours, theirs] = [candidate.take(rows), baseline?.take(rows)];
      const qualities = compare(task, ours, theirs, policy, { same, asked });
      const pairs = new Map(
        qualities.flatMap(({ metric }) => {
          const found = theirs && lossPairs(ours.statistic(metric), theirs.statistic(metric));
          return found ? [[metric, found] as const] : [];
        }),
      );
      return { name: `${column} = ${value}`, examples: rows.length, qualities, pairs };
    }),
  );
}

/** Resampling every slice for every metric would take minutes; these are shown or judged. */
function askedFor({ main, metrics }: Task, { gates }: EvaluationPolicy): Set<QualityMetric> {
  const judged = metrics
    .map(({ name }) => name)
    .filter((name) => gates[name]?.['slice-max-regression'] !== undefined);
  return new Set([...main.slice(0, 1), ...judged]);
}

function rowsByValue(column: string, values: readonly string[]): Map<string, Uint32Array> {
  const rows = new Map<string, number[]>();
  values.forEach((value, row) => {
    const known = rows.get(value);
    if (known) known.push(row);
    else rows.set(value, [row]);
  });
  if (rows.size > MAX_VALUES) {
    throw new UserError(`column '${column}' has ${rows.size} values, which are too many slices`, {
      hint: `A column of evaluation.slices has ${MAX_VALUES} values at most: put numbers into ranges, and leave ids out.`,
    });
  }
  return new Map(
    [...rows]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([value, some]) => [value, Uint32Array.from(some)]),
  );
}

/**
 * How likely a loss at least as large as the slice's is, were it truly no more than `margin`: the
 * score test of Tango's interval where there are pairs, else a normal test with the standard error
 * that the interval has. NaN where the slice was not compared.
 */
export function chanceOf(
  { qualities, pairs }: Slice,
  metric: string,
  { margin, confidence }: { readonly margin: number; readonly confidence: number },
): number {
  const found = pairs.get(metric);
  if (found) return lossChance(found, margin);
  const regression = qualities.find((quality) => quality.metric === metric)?.regression;
  if (!regression) return NaN;
  const { estimate, interval } = regression;
  const error = (estimate - interval.low) / normalQuantile(confidence);
  if (error === 0) return estimate > margin ? 0 : 1;
  return normalUpperTail((estimate - margin) / error);
}
