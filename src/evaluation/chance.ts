import type { QualityMetric } from '../project/metric-names.ts';
import { lossPairs, type Comparison } from './comparison.ts';
import { mcnemar } from './statistics/paired.ts';
import { swapChances } from './statistics/permutation.ts';
import { seededRandom } from './statistics/random.ts';
import type { Scored } from './tasks/task.ts';

/** One seed for every report: the same models and data give the same chances. */
const SEED = 20_240_301;

/** The comparisons, with a chance where a reader wants to know more: where there is a range. */
export function withChances(
  comparisons: readonly Comparison[],
  { candidate, baseline }: { readonly candidate: Scored; readonly baseline: Scored | undefined },
): readonly Comparison[] {
  if (!baseline) return comparisons;
  const asked = comparisons.filter(({ regression }) => regression !== undefined);
  const metrics = asked.map(({ metric }) => metric);
  const chances = chancesOf(candidate, baseline, metrics);
  return comparisons.map((comparison) => ({
    ...comparison,
    chance: chances.get(comparison.metric),
  }));
}

/**
 * How likely the difference of each metric is at least as large as it is, were both models equally
 * good: McNemar's exact test where the metric is a share of right answers, else a permutation test.
 * A reader learns from it what a difference is worth; gates have a margin, and go by the range.
 */
function chancesOf(
  candidate: Scored,
  baseline: Scored,
  metrics: readonly QualityMetric[],
): Map<QualityMetric, number> {
  const chances = new Map<QualityMetric, number>();
  const swapped: QualityMetric[] = [];
  for (const metric of metrics) {
    const pairs = lossPairs(candidate.statistic(metric), baseline.statistic(metric));
    if (pairs) chances.set(metric, mcnemar(pairs));
    else swapped.push(metric);
  }
  const both = swapped.length > 0 ? candidate.beside(baseline) : undefined;
  const figures = swapped.flatMap((metric) => {
    const figure = both?.statistic(metric);
    return figure ? [{ metric, figure }] : [];
  });
  const found = swapChances(
    candidate.examples,
    figures.map(({ figure }) => figure),
    seededRandom(SEED),
  );
  figures.forEach(({ metric }, index) => chances.set(metric, found[index] ?? NaN));
  return chances;
}
