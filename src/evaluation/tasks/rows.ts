import { UserError } from '../../errors.ts';
import { elementCount, type NdArray } from '../../formats/nd-array.ts';
import type { Outputs } from '../../inference/answers.ts';
import type { Labels, RawAnswers, Reading } from './task.ts';

export function isArray(labels: Labels): labels is NdArray {
  return !Array.isArray(labels);
}

export function isOutputs(answers: RawAnswers): answers is Outputs {
  return !Array.isArray(answers);
}

/** @throws UserError where there are more or fewer answers than examples. */
export function checkCount(examples: number, answers: number, reading: Reading): void {
  if (examples === answers) return;
  throw new UserError(
    `${reading.subject} answers ${answers} examples, and ${reading.file} has ${examples}`,
    { hint: 'Each example needs one answer, in the order of the data set.' },
  );
}

/** Width of one example's answer: 1 for a single number. */
export function widthOf({ rowShape }: Outputs): number {
  return elementCount(rowShape);
}

/**
 * Rows of a predictions file as the output of a model: a number each, or lists of the same length.
 * @throws UserError that names the first row that is neither.
 */
export function numericRows(rows: readonly unknown[], reading: Reading): Outputs {
  const first = rows[0];
  const width = Array.isArray(first) ? first.length : undefined;
  const values = new Float64Array(rows.length * (width ?? 1));
  let integer = true;
  rows.forEach((row, index) => {
    const cells: unknown[] = width === undefined ? [row] : Array.isArray(row) ? row : [];
    const fits = cells.length === (width ?? 1) && cells.every((cell) => typeof cell === 'number');
    if (!fits) {
      throw invalidRow(index, width === undefined ? 'a number' : `${width} numbers`, reading);
    }
    integer &&= cells.every(Number.isInteger);
    values.set(cells, index * cells.length);
  });
  return { output: 'predictions', rowShape: width === undefined ? [] : [width], integer, values };
}

/** Numbers, as many for each example. */
export interface NumberRows {
  readonly examples: number;
  readonly width: number;
  /** [examples, width] */
  readonly values: Float64Array;
  /** Whether all are whole numbers. */
  readonly integer: boolean;
}

/**
 * Answers that are rows of numbers, of a model or of a predictions file.
 * @throws UserError for any other answer, and for NaN and infinity.
 */
export function numberRows(answers: RawAnswers, reading: Reading): NumberRows {
  const outputs = isOutputs(answers) ? answers : numericRows(answers, reading);
  const { values, integer } = outputs;
  const width = widthOf(outputs);
  checkNumbers(outputs, width, reading);
  return { examples: values.length / width, width, values, integer };
}

export function invalidRow(row: number, expected: string, { subject }: Reading): UserError {
  return new UserError(`${subject}: prediction ${row} is not ${expected}`, {
    hint: 'docs/evaluation.md has what each task expects of a predictions file; row 0 is the first.',
  });
}

export function invalidLabels(what: string, hint: string, { file }: Reading): UserError {
  return new UserError(`${file}: ${what}`, { hint, place: { file } });
}

/** NaN and Infinity make every comparison meaningless; `allowed` may let some through. */
export function checkNumbers(
  { values }: Outputs,
  width: number,
  { subject }: Reading,
  allowed: (value: number) => boolean = Number.isFinite,
): void {
  const first = values.findIndex((value) => !allowed(value));
  if (first < 0) return;
  const rows = new Set<number>();
  values.forEach((value, index) => {
    if (!allowed(value)) rows.add(Math.floor(index / width));
  });
  throw new UserError(
    `${subject} gives ${String(values[first])} for ${rows.size} of ${values.length / width} examples, first for example ${Math.floor(first / width)}`,
    {
      hint: 'Its weights or its input are broken: look for NaN in the weights (model-ci lint) and in the data, and train it again.',
    },
  );
}

/** Classes that nobody named go by their index. */
export function indices(classes: number): string[] {
  return Array.from({ length: classes }, (_, index) => String(index));
}
