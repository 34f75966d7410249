import { UserError } from '../errors.ts';
import type { NdArray, Values } from '../formats/nd-array.ts';
import { elementCount } from '../formats/nd-array.ts';
import { bytesOf, dataTypeName, dataTypeOf } from '../onnx/element-type.ts';
import type { Graph, ValueInfo } from '../onnx/model.ts';

/**
 * Checks a data set against the inputs of a model, before anything runs.
 * @param inputs by the model's inputs
 * @returns how many examples there are
 * @throws UserError for an empty set, other shapes or types than the model's, and values that are
 * not finite
 */
export function checkInputs(
  graph: Graph,
  inputs: ReadonlyMap<string, NdArray>,
  labels: NdArray,
): number {
  const examples = labels.shape[0] ?? 0;
  if (examples === 0) {
    throw new UserError('the data set has no examples', { hint: 'Check how it was written.' });
  }
  const initialized = new Set(graph.initializers.map(({ name }) => name));
  for (const info of graph.inputs.filter(({ name }) => !initialized.has(name))) {
    const array = inputs.get(info.name);
    if (!array) {
      throw new UserError(`the model's input '${info.name}' is given no data`, {
        hint: "Name an array for each of the model's inputs under 'data: input:'.",
      });
    }
    if (array.shape[0] !== examples) {
      throw new UserError(
        `there are ${array.shape[0] ?? 0} examples for '${info.name}' and ${examples} labels`,
        { hint: 'Arrays of a data set have one row for each example.' },
      );
    }
    checkShape(info, array);
    checkFinite(array, `the data for '${info.name}'`);
  }
  return examples;
}

function checkShape({ name, elementType, dims }: ValueInfo, array: NdArray): void {
  const dataType = dataTypeOf(array.elementType);
  if (elementType !== undefined && elementType !== dataType) {
    throw new UserError(
      `the model's input '${name}' takes ${dataTypeName(elementType)}, and the data are ${array.elementType}`,
      { hint: 'Write the data in the type that the model takes.' },
    );
  }
  const fits =
    dims === undefined ||
    (dims.length === array.shape.length &&
      dims.every(
        (dim, axis) => axis === 0 || typeof dim !== 'number' || dim === array.shape[axis],
      ));
  if (fits) return;
  throw new UserError(
    `the model's input '${name}' has the shape [${dims.map((dim) => dim ?? '?').join(', ')}], and the data [${array.shape.join(', ')}]`,
    { hint: 'All but the first dimension must agree.' },
  );
}

function checkFinite(array: NdArray, what: string): void {
  const { values } = array;
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  const row = Math.floor(bad / elementCount(array.shape.slice(1)));
  throw new UserError(`${what} hold ${values[bad] ?? NaN} in example ${row}`, {
    hint: 'Remove or replace values that are not finite: they would spoil every weight.',
  });
}

/**
 * Labels as the loss takes them: int64 class indices [examples], or float32 values.
 * @param output the shape of the model's output for one example
 * @throws UserError for labels that the model cannot give
 */
export function prepareLabels(
  labels: NdArray,
  kind: 'classes' | 'values',
  output: readonly number[],
): NdArray {
  return kind === 'classes' ? classIndices(labels, output) : targets(labels, output);
}

function classIndices(labels: NdArray, output: readonly number[]): NdArray {
  const [classes, ...others] = output;
  if (classes === undefined || others.length > 0) {
    throw new UserError(
      `the model gives [${output.join(', ')}] for an example, not one score a class`,
      {
        hint: "Cross-entropy needs an output of shape [batch, classes]: end with a 'dense' layer.",
      },
    );
  }
  const flat = labels.shape.slice(1).every((dim) => dim === 1);
  if (!flat) {
    throw new UserError(`the labels have the shape [${labels.shape.join(', ')}]`, {
      hint: 'Cross-entropy needs one class index an example.',
    });
  }
  const values = BigInt64Array.from(labels.values as Iterable<number | bigint>, (value, row) => {
    const index = Number(value);
    if (Number.isInteger(index) && index >= 0 && index < classes) return BigInt(index);
    throw new UserError(
      `the label of example ${row} is ${index}, and the model has ${classes} classes`,
      {
        hint: `Labels are whole numbers from 0 to ${classes - 1}; the last layer decides how many.`,
      },
    );
  });
  return { elementType: 'int64', shape: [values.length], values };
}

function targets(labels: NdArray, output: readonly number[]): NdArray {
  const examples = labels.shape[0] ?? 0;
  const wanted = [examples, ...output];
  if (elementCount(labels.shape) !== elementCount(wanted)) {
    throw new UserError(
      `the labels have the shape [${labels.shape.join(', ')}], and the model gives [${wanted.join(', ')}]`,
      { hint: 'Both must have the same number of values for each example.' },
    );
  }
  const values = Float32Array.from(labels.values as Iterable<number | bigint>, Number);
  const array: NdArray = { elementType: 'float32', shape: wanted, values };
  checkFinite(array, 'the labels');
  return array;
}

/** Examples `rows` of an array, in that order. */
export function takeRows(array: NdArray, rows: readonly number[]): NdArray {
  const shape = [rows.length, ...array.shape.slice(1)];
  const source = bytesOf(array.values);
  const rowBytes = source.byteLength / Math.max(array.shape[0] ?? 1, 1);
  const bytes = new Uint8Array(rows.length * rowBytes);
  rows.forEach((row, index) => {
    bytes.set(source.subarray(row * rowBytes, (row + 1) * rowBytes), index * rowBytes);
  });
  const values = array.values.constructor as new (buffer: ArrayBuffer) => Values;
  return { ...array, shape, values: new values(bytes.buffer) };
}
