import { UserError } from '../errors.ts';
import { halfToNumber } from '../formats/half.ts';
import {
  ELEMENT_BYTES,
  elementCount,
  viewOf,
  type ElementType,
  type NdArray,
  type Values,
} from '../formats/nd-array.ts';
import type { Feeds, LoadedModel, Port, Tensor } from './protocol.ts';

/** Model input -> array whose first axis counts the examples. */
export type Columns = ReadonlyMap<string, NdArray>;

/**
 * Checks that the model takes these arrays: the same names, and for each the same shape behind the
 * first axis and a type that its values fit into.
 * @throws UserError that lists what the model wants and what was given.
 */
export function checkColumns(model: LoadedModel, columns: Columns, subject: string): void {
  const wanted = model.inputs.map(({ name }) => name);
  const missing = wanted.filter((name) => !columns.has(name));
  const unknown = [...columns.keys()].filter((name) => !wanted.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    const complaints = [
      missing.length > 0 && `gets no ${list(missing)}`,
      unknown.length > 0 && `has no input ${list(unknown)}`,
    ];
    throw new UserError(`${subject} ${complaints.filter(Boolean).join(' and ')}`, {
      hint: `It takes: ${model.inputs.map(describe).join(', ') || 'nothing'}. Name them under evaluation.inputs in the policy.`,
    });
  }
  for (const input of model.inputs) {
    const array = columns.get(input.name);
    if (array) checkShape(input, array, subject);
  }
}

function checkShape(input: Port, array: NdArray, subject: string): void {
  if (!isBatched(input, array) && !isSingle(input, array)) {
    throw new UserError(
      `${subject} takes ${describe(input)}, and the data are ${array.elementType}[${array.shape.join(', ')}]`,
      {
        hint: 'The first axis of the data counts the examples; the others must be those of the model.',
      },
    );
  }
  if (!isElementType(input.type) || !convertible(array.elementType, input.type)) {
    throw new UserError(
      `${subject} takes ${describe(input)}, which ${array.elementType} values do not fit into`,
      { hint: 'Save the array with the element type of the model.' },
    );
  }
}

/** Whether the first axis of the input counts examples, as that of the data does. */
function isBatched({ shape }: Port, array: NdArray): boolean {
  return shape.length > 0 && fits(shape.slice(1), array.shape.slice(1));
}

/** Whether the input takes one example as it is, such as the state of a model of streams. */
function isSingle({ shape }: Port, array: NdArray): boolean {
  return fits(shape, array.shape.slice(1));
}

function fits(wanted: Port['shape'], given: readonly number[]): boolean {
  return (
    wanted.length === given.length &&
    wanted.every((size, axis) => typeof size !== 'number' || size === given[axis])
  );
}

/**
 * The batch that the model insists on for these arrays: 1 where an input has no axis for examples;
 * undefined where it takes any.
 */
export function fixedBatch({ inputs }: LoadedModel, columns: Columns): number | undefined {
  const batched = inputs.filter((input) => {
    const array = columns.get(input.name);
    return array === undefined || isBatched(input, array);
  });
  if (batched.length < inputs.length) return 1;
  const sizes = batched.map(({ shape }) => shape[0]).filter((size) => typeof size === 'number');
  return sizes.length > 0 ? Math.max(1, ...sizes) : undefined;
}

export function describe({ name, type, shape }: Port): string {
  return `'${name}' (${type ?? 'no tensor'}[${shape.join(', ')}])`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function isElementType(type: string | undefined): type is ElementType {
  return type !== undefined && Object.hasOwn(ELEMENT_BYTES, type);
}

/** Numbers widen to real numbers, and integers to integers; what would round is refused. */
function convertible(from: ElementType, to: ElementType): boolean {
  if (from === to || to === 'float32' || to === 'float64') return true;
  return isInteger(from) && isInteger(to);
}

function isInteger(type: ElementType): boolean {
  return /^u?int/.test(type) || type === 'bool';
}

/**
 * The feeds of the examples `from` to `to`. Where there are fewer than `batch`, the last example is
 * repeated: a model with a fixed batch takes no smaller one.
 */
export function feedsOf(
  model: LoadedModel,
  columns: Columns,
  { from, to, batch }: { readonly from: number; readonly to: number; readonly batch: number },
): Feeds {
  const feeds: Record<string, Tensor> = {};
  for (const input of model.inputs) {
    const { name, type } = input;
    const array = columns.get(name);
    if (!array || !isElementType(type)) continue;
    const inner = array.shape.slice(1);
    const shape = isBatched(input, array) ? [batch, ...inner] : inner;
    const size = elementCount(inner);
    if (array.elementType === type && to - from === batch) {
      feeds[name] = {
        elementType: type,
        shape,
        values: array.values.subarray(from * size, to * size),
      };
      continue;
    }
    const values = viewOf(type, new Uint8Array(batch * size * ELEMENT_BYTES[type]));
    convert(array, { from: from * size, to: to * size }, { type, values });
    for (let row = to - from; row < batch; row++) {
      values.copyWithin(row * size, (to - from - 1) * size, (to - from) * size);
    }
    feeds[name] = { elementType: type, shape, values };
  }
  return feeds;
}

function convert(
  array: NdArray,
  { from, to }: { readonly from: number; readonly to: number },
  target: { readonly type: ElementType; readonly values: Values },
): void {
  const source = array.values.subarray(from, to);
  const { type, values } = target;
  if (array.elementType === type) {
    values.set(source as never);
  } else if (array.elementType === 'float16') {
    for (let i = 0; i < source.length; i++) values[i] = halfToNumber(Number(source[i]));
  } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < source.length; i++) values[i] = BigInt(source[i] ?? 0);
  } else {
    for (let i = 0; i < source.length; i++) values[i] = Number(source[i]);
  }
  if (isInteger(type)) checkRange(source, values, type);
}

function checkRange(source: Values, values: Values, type: ElementType): void {
  for (let i = 0; i < source.length; i++) {
    if (Number(source[i]) === Number(values[i])) continue;
    throw new UserError(`the value ${String(source[i])} of the data does not fit into ${type}`, {
      hint: 'Correct the data, or save the array with the element type of the model.',
    });
  }
}
