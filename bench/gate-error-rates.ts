/**
 * How often the accuracy gate is wrong, by simulation: pull requests whose true difference is known,
 * judged by the gate that users have. `npx tsx bench/gate-error-rates.ts [pull requests]`
 */
import { judge, type GateResult } from '../src/evaluation/gates.ts';
import { lossInterval } from '../src/evaluation/statistics/paired.ts';
import { seededRandom, type Random } from '../src/evaluation/statistics/random.ts';
import { evaluationPolicy } from '../src/project/evaluation-policy.ts';
import { columns } from '../src/report/text.ts';

const MARGIN = 0.01;
const CONFIDENCE = 0.95;
/** Share of examples that only one of the two models has right, where neither is better. */
const DISAGREEMENT = 0.04;

const policy = evaluationPolicy.parse({
  data: 'test.npz',
  inputs: { x: 'x' },
  confidence: CONFIDENCE,
  gates: { accuracy: { 'max-regression': MARGIN } },
});

function pullRequest(total: number, loss: number, random: Random): GateResult['outcome'] {
  let [broken, fixed] = [0, 0];
  const breaks = DISAGREEMENT / 2 + loss / 2;
  const fixes = DISAGREEMENT / 2 - loss / 2;
  for (let example = 0; example < total; example++) {
    const draw = random();
    if (draw < breaks) broken += 1;
    else if (draw < breaks + fixes) fixed += 1;
  }
  const regression = {
    estimate: (broken - fixed) / total,
    interval: lossInterval({ broken, fixed, total }, CONFIDENCE),
  };
  const quality = { metric: 'accuracy', candidate: 0.95, baseline: 0.95, regression } as const;
  const measured = {
    qualities: [quality],
    costs: [],
    slices: [],
    examples: total,
    compared: 'compared' as const,
    answered: true,
  };
  return judge(measured, policy)[0]?.outcome ?? 'not-measured';
}

const runs = Number(process.argv[2] ?? 10_000);
const scenarios = [
  ['no difference', 0],
  ['a drop of the margin', MARGIN],
  ['a drop of twice the margin', 2 * MARGIN],
] as const;
const rows = [['true difference', 'examples', 'worse', 'passed', 'not enough data']];
for (const [title, loss] of scenarios) {
  for (const total of [200, 500, 1000, 2000, 5000, 10_000]) {
    const random = seededRandom(total);
    const seen = { worse: 0, passed: 0, open: 0 };
    for (let run = 0; run < runs; run++) {
      const outcome = pullRequest(total, loss, random);
      if (outcome === 'worse') seen.worse += 1;
      else if (outcome === 'not-enough-data') seen.open += 1;
      else seen.passed += 1;
    }
    const share = (count: number) => `${((100 * count) / runs).toFixed(2)} %`;
    rows.push([title, String(total), share(seen.worse), share(seen.passed), share(seen.open)]);
  }
}
process.stdout.write(
  `accuracy gate, margin ${MARGIN}, confidence ${CONFIDENCE}, ${runs} pull requests each, models disagree on ${DISAGREEMENT * 100} % of examples\n\n${columns(rows, [1, 2, 3, 4])}\n`,
);
