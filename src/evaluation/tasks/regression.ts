import { halfToNumber } from '../../formats/half.ts';
import { regressionMetrics } from '../metrics/regression/index.ts';
import type { Regressed } from '../pairings.ts';
import { checkCount, invalidLabels, isArray, numberRows } from './rows.ts';
import { defineTask, noDetails, type Labels, type RawAnswers, type Reading } from './task.ts';

export const regression = defineTask<Regressed>({
  name: 'regression',
  title: 'regression',
  metrics: regressionMetrics,
  main: ['rmse', 'mae', 'r2'],
  pair,
  details: () => noDetails('numbers'),
});

function pair(given: Labels, answers: RawAnswers, reading: Reading): Regressed {
  const { examples, width, values: predicted } = numberRows(answers, reading);
  const truth = numbersOf(given, reading);
  checkCount(truth.examples, examples, reading);
  if (truth.width !== width) {
    throw invalidLabels(
      `it has ${truth.width} numbers for each example, and ${reading.subject} gives ${width}`,
      'Choose the output with the predictions by evaluation.output in the policy.',
      reading,
    );
  }
  return { examples, width, truth: truth.values, predicted };
}

function numbersOf(labels: Labels, reading: Reading) {
  const [count = 0, ...rowShape] = isArray(labels) ? labels.shape : [labels.length];
  const width = rowShape.reduce((a, b) => a * b, 1);
  const half = isArray(labels) && labels.elementType === 'float16';
  const given: ArrayLike<unknown> = isArray(labels) ? labels.values : labels;
  const values = Float64Array.from(given, (value) =>
    half ? halfToNumber(Number(value)) : typeof value === 'string' ? NaN : Number(value ?? NaN),
  );
  if (count === 0) {
    throw invalidLabels('it has no examples', 'Correct the stage that writes it.', reading);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw invalidLabels(
      `the label of example ${Math.floor(bad / width)} is ${String(given[bad])}`,
      'Regression needs finite numbers: leave such examples out.',
      reading,
    );
  }
  return { examples: count, width, values };
}
