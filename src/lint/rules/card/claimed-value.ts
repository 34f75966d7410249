import { metricName } from '../../card/beside.ts';
import { readModelIndex } from '../../card/model-index.ts';
import { rule } from '../../rule.ts';

/** Whether `claimed` is `measured`, rounded to the digits that the card gives, or in per cent. */
function agrees(claimed: number, measured: number): boolean {
  const digits = /\.(\d+)$/.exec(String(claimed))?.[1]?.length ?? 0;
  // Cutting the digits off is as good as rounding.
  const tolerance = 10 ** -digits * (1 + 1e-9);
  return [measured, measured * 100, measured / 100].some(
    (value) => Math.abs(claimed - value) < tolerance && !(claimed === 0 && value !== 0),
  );
}

export default rule({
  id: 'card/claimed-value',
  family: 'card',
  severity: 'warning',
  rationale:
    'The card claims a result that the evaluation file beside it does not have: one of them is of another model.',
  fails: 'accuracy 0.97 in model-index, beside a metrics.json with accuracy 0.91',
  passes: 'accuracy 0.91 in both',
  *check({ metadata, evaluations, lineOf }) {
    const index = metadata?.['model-index'];
    if (index === undefined) return;
    for (const { metric, value, keys } of readModelIndex(index).claims) {
      if (typeof value !== 'number') continue;
      const measured = evaluations.flatMap(({ name, values }) =>
        (values.get(metricName(metric)) ?? []).map((number) => ({ name, number })),
      );
      const [first] = measured;
      if (!first || measured.some(({ number }) => agrees(value, number))) continue;
      yield {
        message: `the card claims ${metric} ${value}, and ${first.name} says ${first.number}`,
        line: lineOf(...keys),
      };
    }
  },
});
