import { UserError } from '../../errors.ts';
import type { Outputs } from '../../inference/answers.ts';
import type { Classified } from '../pairings.ts';
import { checkNumbers, widthOf } from './rows.ts';
import type { Reading } from './task.ts';

/** What a model says of every example. */
export type Classes = Omit<Classified, 'labels'>;

/** A row of probabilities in float16 misses 1 by about this much. */
const SUM_TOLERANCE = 5e-3;

/**
 * Reads the model's output as classes: [n, classes] scores, [n] or [n, 1] scores of the second of
 * two classes, or [n] class indices.
 * @param classes how many classes there are, where only indices are given
 * @throws UserError for a shape that is none of these, and for scores that are not numbers.
 */
export function readClasses(outputs: Outputs, classes: number, reading: Reading): Classes {
  const width = widthOf(outputs);
  const flat = outputs.rowShape.length === 0 || (outputs.rowShape.length === 1 && width === 1);
  if (!flat && (outputs.rowShape.length > 1 || width < 2)) {
    throw new UserError(
      `${reading.subject}: output '${outputs.output}' gives [${outputs.rowShape.join(', ')}] per example`,
      {
        hint: 'Classification needs one score for each class: choose it by evaluation.output in the policy.',
      },
    );
  }
  // -Infinity is a masked class.
  checkNumbers(outputs, width, reading, (value) => value < Infinity);
  if (!flat) return fromScores(outputs.values, width);
  return outputs.integer
    ? fromIndices(outputs.values, classes, reading.subject)
    : fromScores(...binaryScores(outputs.values));
}

/** One score of the second class, as two columns: probabilities stay so, a logit is set against 0. */
function binaryScores(values: Float64Array): [Float64Array, number] {
  const probabilities = values.every((value) => value >= 0 && value <= 1);
  const scores = new Float64Array(values.length * 2);
  values.forEach((value, row) => {
    scores[row * 2] = probabilities ? 1 - value : 0;
    scores[row * 2 + 1] = value;
  });
  return [scores, 2];
}

function fromScores(scores: Float64Array, classes: number): Classes {
  const examples = scores.length / classes;
  const predicted = new Int32Array(examples);
  for (let row = 0; row < examples; row++) {
    predicted[row] = indexOfLargest(scores.subarray(row * classes, (row + 1) * classes));
  }
  const distributions = areDistributions(scores, classes);
  return {
    examples,
    classes,
    predicted,
    probabilities: distributions ? scores : softmax(scores, classes),
    scores: distributions ? 'probabilities' : 'logits',
  };
}

/** The first of equal ones, as NumPy's argmax. */
export function indexOfLargest(row: Float64Array): number {
  let best = 0;
  for (let column = 1; column < row.length; column++) {
    if ((row[column] ?? 0) > (row[best] ?? 0)) best = column;
  }
  return best;
}

function areDistributions(scores: Float64Array, classes: number): boolean {
  for (let start = 0; start < scores.length; start += classes) {
    let sum = 0;
    for (let column = 0; column < classes; column++) {
      const score = scores[start + column] ?? 0;
      if (score < 0) return false;
      sum += score;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) return false;
  }
  return true;
}

function softmax(scores: Float64Array, classes: number): Float64Array {
  const probabilities = new Float64Array(scores.length);
  for (let start = 0; start < scores.length; start += classes) {
    const row = scores.subarray(start, start + classes);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    let sum = 0;
    row.forEach((score, column) => {
      const weight = Math.exp(score - largest);
      probabilities[start + column] = weight;
      sum += weight;
    });
    for (let column = 0; column < classes; column++) {
      probabilities[start + column] = (probabilities[start + column] ?? 0) / sum;
    }
  }
  return probabilities;
}

function fromIndices(values: Float64Array, classes: number, subject: string): Classes {
  const predicted = Int32Array.from(values);
  const outside = predicted.find((index) => index < 0 || index >= classes);
  if (outside !== undefined) {
    throw new UserError(`${subject} predicts class ${outside}, and there are ${classes} classes`, {
      hint: 'List every class under evaluation.classes in the policy, or correct the model.',
    });
  }
  return {
    examples: values.length,
    classes,
    predicted,
    probabilities: undefined,
    scores: 'class indices',
  };
}
