import type { CountChange, TextChange } from '../../onnx/diff/changes.ts';
import type { ModelDiff } from '../../onnx/diff/index.ts';
import type { Step, WeightChange, WeightsDiff } from '../../onnx/diff/weights.ts';
import type { Evaluation } from '../evaluation.ts';
import { count, percent } from './format.ts';

/** What changed in the model and its card, for every report: plain text. */
export interface DiffText {
  /** In one sentence. */
  readonly summary: string;
  readonly changes: readonly string[];
  /** Name, shape, what happened, share of zeros; the largest change first. */
  readonly weights: readonly (readonly string[])[];
  /** What is said of the model: name, before, after. */
  readonly metadata: readonly (readonly string[])[];
}

/** Undefined where there is nothing to compare with, or nothing to compare. */
export function diffText({ diff, card }: Pick<Evaluation, 'diff' | 'card'>): DiffText | undefined {
  if (!diff && !card) return undefined;
  const lines = card ? cardLines(card) : [];
  return {
    summary: [diff && modelSummary(diff), card && 'the card changed'].filter(Boolean).join('; '),
    changes: [...(diff ? modelChanges(diff) : []), ...lines],
    weights: diff ? weightRows(diff.weights) : [],
    metadata: [
      ...metadataRows(diff?.metadata ?? []),
      ...metadataRows(card?.fields ?? [], 'card: '),
    ],
  };
}

function modelSummary({ nodes, weights }: ModelDiff): string {
  const { changes, unchanged, parameters, sparsity } = weights;
  const step = (before: number, after: number) =>
    before === after ? count(after) : `${count(before)} → ${count(after)}`;
  const tensors =
    changes.length === 0
      ? `all ${count(unchanged)} weight tensors are the same`
      : `${count(changes.length)} of ${count(changes.length + unchanged)} weight tensors changed`;
  const zeros = sparsity.before || sparsity.after ? `, ${zerosText(sparsity)} of them zero` : '';
  const graph = `${step(nodes.before, nodes.after)} ${nodes.after === 1 ? 'node' : 'nodes'}`;
  return `${graph}, ${step(parameters.before, parameters.after)} parameters${zeros}; ${tensors}`;
}

function modelChanges({ interface: ports, weights, opsets, operators }: ModelDiff): string[] {
  const countText = ({ before, after }: CountChange) => `${before || 'none'} → ${after || 'none'}`;
  return [
    ...ports.map(({ breaking, what }) => `${breaking ? 'breaking: ' : ''}${what}`),
    ...weights.notFinite.map(
      ({ name, already }) =>
        `weight '${name}' holds NaN or infinity${already ? ', as in the baseline' : ''}`,
    ),
    ...opsets.map((change) => `operator set ${change.name}: ${countText(change)}`),
    ...operators.map(({ name, before, after }) => `${name}: ${before} → ${after} nodes`),
  ];
}

function cardLines({ added, removed }: NonNullable<Evaluation['card']>): string[] {
  if (added.count + removed.count === 0) return [];
  return [`text of the card: ${count(added.count)} lines new, ${count(removed.count)} gone`];
}

function weightRows({ changes }: WeightsDiff): string[][] {
  return [...changes]
    .toSorted((a, b) => order(b) - order(a))
    .map((change) => [
      change.name,
      `[${change.dims.join(', ')}]`,
      wordOf(change),
      zerosText(change.sparsity),
    ]);
}

/** What has no distance is not merely a step of training. */
function order({ distance }: WeightChange): number {
  return distance ?? Infinity;
}

function wordOf({ change, distance, note }: WeightChange): string {
  if (change === 'values') {
    return distance === undefined
      ? 'other values'
      : `moved by ${(distance * 100).toFixed(1)} % of its size`;
  }
  return note ? `${change}: ${note}` : change;
}

/** One share where both are the same, or there is only one. */
function zerosText({ before, after }: Step<number>): string {
  const shares = [before, after].filter((share) => share !== undefined).map(percent);
  return [...new Set(shares)].join(' → ') || '–';
}

function metadataRows(changes: readonly TextChange[], prefix = ''): string[][] {
  return changes.map(({ name, before, after }) => [
    `${prefix}${name}`,
    before ?? '–',
    after ?? '–',
  ]);
}
