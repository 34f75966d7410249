import { messageOf } from '../../errors.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { dataTypeName, toValues } from '../element-type.ts';
import { DATA_TYPE, type Graph, type Tensor } from '../model.ts';
import { loadTensor } from '../tensor.ts';

/** Larger tensors are compared by shape alone: two of them have to lie in memory. */
const MAX_TENSOR_BYTES = 512 * 1024 * 1024;

export interface WeightChange {
  readonly name: string;
  readonly dims: readonly number[];
  readonly change: 'added' | 'removed' | 'reshaped' | 'retyped' | 'values' | 'unread';
  /** |new - old| / |old| in the Euclidean norm, for changed values. */
  readonly distance: number | undefined;
  readonly note: string;
}

export interface WeightsDiff {
  /** Tensors that are the same to the last byte. */
  readonly unchanged: number;
  readonly changes: readonly WeightChange[];
  /** Numbers in all initializers. */
  readonly parameters: { readonly before: number; readonly after: number };
  /** Initializers of the new model that hold NaN or infinity. */
  readonly notFinite: readonly string[];
}

/** A model with the file that its tensors are read from. */
export interface Side {
  readonly file: string;
  readonly graph: Graph;
}

/** Compares the initializers of two models, one pair at a time. */
export function diffWeights(before: Side, after: Side): WeightsDiff {
  const old = new Map(before.graph.initializers.map((tensor) => [tensor.name, tensor]));
  const now = new Map(after.graph.initializers.map((tensor) => [tensor.name, tensor]));
  const changes: WeightChange[] = [];
  const notFinite: string[] = [];
  let unchanged = 0;
  for (const [name, tensor] of now) {
    const predecessor = old.get(name);
    const found = predecessor
      ? compare({ side: before, tensor: predecessor }, { side: after, tensor }, notFinite)
      : { change: 'added' as const, distance: undefined, note: '' };
    if (found) changes.push({ name, dims: tensor.dims, ...found });
    else unchanged += 1;
  }
  for (const [name, { dims }] of old) {
    if (!now.has(name))
      changes.push({ name, dims, change: 'removed', distance: undefined, note: '' });
  }
  return {
    unchanged,
    changes,
    notFinite,
    parameters: { before: parameters(before.graph), after: parameters(after.graph) },
  };
}

function parameters({ initializers }: Graph): number {
  return initializers.reduce((sum, { dims }) => sum + elementCount(dims), 0);
}

interface Placed {
  readonly side: Side;
  readonly tensor: Tensor;
}

type Found = Pick<WeightChange, 'change' | 'distance' | 'note'>;

function compare(before: Placed, after: Placed, notFinite: string[]): Found | undefined {
  const [old, now] = [before.tensor, after.tensor];
  if (old.dataType !== now.dataType) {
    const note = `${dataTypeName(old.dataType)} became ${dataTypeName(now.dataType)}`;
    return { change: 'retyped', distance: undefined, note };
  }
  if (old.dims.join() !== now.dims.join()) {
    const note = `[${old.dims.join(', ')}] became [${now.dims.join(', ')}]`;
    return { change: 'reshaped', distance: undefined, note };
  }
  if (elementCount(now.dims) * 8 > MAX_TENSOR_BYTES) {
    return { change: 'unread', distance: undefined, note: 'too large to compare' };
  }
  try {
    return compareValues(
      loadTensor(before.side.file, old),
      loadTensor(after.side.file, now),
      now,
      notFinite,
    );
  } catch (thrown) {
    return { change: 'unread', distance: undefined, note: messageOf(thrown) };
  }
}

/** Types whose values are plain real numbers here; others are compared byte by byte. */
const REAL: readonly number[] = [DATA_TYPE.float, DATA_TYPE.double];

function compareValues(
  old: Uint8Array,
  now: Uint8Array,
  tensor: Tensor,
  notFinite: string[],
): Found | undefined {
  const same = Buffer.compare(old, now) === 0;
  if (!REAL.includes(tensor.dataType)) {
    return same ? undefined : { change: 'values', distance: undefined, note: '' };
  }
  const [left, right] = [toValues(tensor.dataType, old), toValues(tensor.dataType, now)];
  let [difference, norm] = [0, 0];
  for (let index = 0; index < right.length; index++) {
    const [was, is] = [Number(left[index]), Number(right[index])];
    difference += (is - was) ** 2;
    norm += was ** 2;
  }
  // The sums are finite exactly where the values are, but for squares beyond float64's range.
  if (!Number.isFinite(difference) && !right.every((value) => Number.isFinite(Number(value)))) {
    notFinite.push(tensor.name);
  }
  if (same) return undefined;
  return { change: 'values', distance: Math.sqrt(difference / norm), note: '' };
}
