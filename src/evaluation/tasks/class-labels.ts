import { invalidLabels, isArray } from './rows.ts';
import type { Labels, Reading } from './task.ts';

/** More classes than any labelled set has; a label beyond is a mistake such as an id. */
const MAX_CLASSES = 100_000;

const INDICES =
  'Labels are class indices, whole numbers from 0, or the names in evaluation.classes.';

/**
 * The class of each example: indices in an array [n] or [n, 1], or names that the policy lists.
 * @throws UserError for any other label, and for none at all.
 */
export function readClassLabels(labels: Labels, reading: Reading): Int32Array {
  const values = isArray(labels) ? labels.values : labels;
  if (isArray(labels)) checkShape(labels.shape, reading);
  if (values.length === 0) {
    throw invalidLabels('it has no examples', 'Correct the stage that writes it.', reading);
  }
  const { classNames } = reading;
  const indexOf = new Map(classNames?.map((name, index) => [name, index] as const));
  const classes = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    const label = indexOf.get(String(value)) ?? (typeof value === 'string' ? NaN : Number(value));
    if (!Number.isInteger(label) || label < 0 || label >= MAX_CLASSES) {
      throw invalidLabels(`label ${shown(value)} of example ${row} is no class`, INDICES, reading);
    }
    classes[row] = label;
  }
  return classes;
}

function checkShape(shape: readonly number[], reading: Reading): void {
  const column = shape.length === 2 && shape[1] === 1;
  if (shape.length === 1 || column) return;
  throw invalidLabels(
    `the labels have the shape [${shape.join(', ')}]`,
    'Labels are class indices, one for each example: turn one-hot rows into indices (argmax), or set task: multilabel.',
    reading,
  );
}

/** @throws UserError where a label is none that the model can ever give. */
export function checkClasses(labels: Int32Array, classes: number, reading: Reading): void {
  const row = labels.findIndex((label) => label >= classes);
  if (row < 0) return;
  throw invalidLabels(
    `example ${row} has label ${String(labels[row])}, and the model tells ${classes} classes apart (0 to ${classes - 1})`,
    'Correct the labels, or evaluate a model that was trained on these classes.',
    reading,
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 80)}'` : String(value);
}
