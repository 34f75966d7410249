import { messageOf } from '../../errors.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { dataTypeName } from '../element-type.ts';
import type { Model, Tensor } from '../model.ts';
import { tensorsOf } from '../walk.ts';
import type { Placed } from './tensor-bytes.ts';
import { namedWeights } from './weight-names.ts';
import { distance, sameBytes, survey, type Survey } from './weight-values.ts';

/** What was and what is; undefined where there is no such thing. */
export interface Step<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export interface WeightChange {
  readonly name: string;
  readonly dims: readonly number[];
  readonly change: 'added' | 'removed' | 'reshaped' | 'retyped' | 'values' | 'unread';
  /** |new - old| / |old| in the Euclidean norm, for changed values. */
  readonly distance: number | undefined;
  /** The share of zeros among real numbers. */
  readonly sparsity: Step<number>;
  readonly note: string;
}

export interface WeightsDiff {
  /** Tensors that are the same to the last byte. */
  readonly unchanged: number;
  readonly changes: readonly WeightChange[];
  /** Numbers in all initializers. */
  readonly parameters: { readonly before: number; readonly after: number };
  /** The share of zeros among the real numbers of all tensors that could be read. */
  readonly sparsity: Step<number>;
  /** Tensors of the new model that hold NaN or infinity, and whether they did before. */
  readonly notFinite: readonly { readonly name: string; readonly already: boolean }[];
}

/** A model with the file that its tensors are read from. */
export interface Side {
  readonly file: string;
  readonly model: Model;
}

/** Compares the weights of two models, one pair at a time. */
export function diffWeights(before: Side, after: Side): WeightsDiff {
  const [old, now] = [namedWeights(before.model), namedWeights(after.model)];
  const names = [...new Set([...now.keys(), ...old.keys()])];
  const pairs = names.map((name) =>
    comparePair(name, placed(before, old, name), placed(after, now, name)),
  );
  return {
    unchanged: pairs.filter(({ change }) => change === undefined).length,
    changes: pairs.flatMap(({ change }) => change ?? []),
    parameters: { before: parameters(before.model), after: parameters(after.model) },
    sparsity: {
      before: zeroShare(pairs.map(({ surveys }) => surveys.before)),
      after: zeroShare(pairs.map(({ surveys }) => surveys.after)),
    },
    notFinite: pairs
      .filter(({ surveys }) => surveys.after?.finite === false)
      .map(({ name, surveys }) => ({ name, already: surveys.before?.finite === false })),
  };
}

function placed(
  { file }: Side,
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
): Placed | undefined {
  const tensor = tensors.get(name);
  return tensor && { file, tensor };
}

function parameters(model: Model): number {
  return [...tensorsOf(model)]
    .filter(({ role }) => role === 'initializer')
    .reduce((sum, { tensor }) => sum + elementCount(tensor.dims), 0);
}

function zeroShare(surveys: readonly (Survey | undefined)[]): number | undefined {
  const [zeros, values] = surveys.reduce(
    ([some, all], one) => [some + (one?.zeros ?? 0), all + (one?.values ?? 0)],
    [0, 0],
  );
  return values === 0 ? undefined : zeros / values;
}

interface Pair {
  readonly name: string;
  readonly surveys: Step<Survey>;
  /** Undefined where nothing changed. */
  readonly change: WeightChange | undefined;
}

function comparePair(name: string, before: Placed | undefined, after: Placed | undefined): Pair {
  const dims = (after ?? before)?.tensor.dims ?? [];
  try {
    const same = before && after && isSame(before, after);
    const now = after && survey(after);
    const surveys = { before: same ? now : before && survey(before), after: now };
    if (same) return { name, surveys, change: undefined };
    const sparsity = { before: zeroShare([surveys.before]), after: zeroShare([surveys.after]) };
    return { name, surveys, change: { name, dims, sparsity, ...difference(before, after) } };
  } catch (thrown) {
    // A file that cannot be read is as hostile as one that says nonsense.
    const nothing = { before: undefined, after: undefined };
    const unread = { change: 'unread', distance: undefined, note: messageOf(thrown) } as const;
    return { name, surveys: nothing, change: { name, dims, sparsity: nothing, ...unread } };
  }
}

function isAlike({ tensor: old }: Placed, { tensor: now }: Placed): boolean {
  return old.dataType === now.dataType && old.dims.join() === now.dims.join();
}

function isSame(before: Placed, after: Placed): boolean {
  return isAlike(before, after) && sameBytes(before, after);
}

type Difference = Pick<WeightChange, 'change' | 'distance' | 'note'>;

function difference(before: Placed | undefined, after: Placed | undefined): Difference {
  const nothing = { distance: undefined, note: '' };
  if (!before) return { change: 'added', ...nothing };
  if (!after) return { change: 'removed', ...nothing };
  const [old, now] = [before.tensor, after.tensor];
  if (old.dataType !== now.dataType) {
    const note = `${dataTypeName(old.dataType)} became ${dataTypeName(now.dataType)}`;
    return { change: 'retyped', distance: undefined, note };
  }
  if (old.dims.join() !== now.dims.join()) {
    const note = `[${old.dims.join(', ')}] became [${now.dims.join(', ')}]`;
    return { change: 'reshaped', distance: undefined, note };
  }
  return { change: 'values', distance: distance(before, after), note: '' };
}
