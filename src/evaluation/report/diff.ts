import type { ModelDiff } from '../../onnx/diff/index.ts';
import type { WeightChange } from '../../onnx/diff/weights.ts';
import { count } from './format.ts';

/** What changed in the model, for every report: plain text. */
export interface DiffText {
  /** In one sentence. */
  readonly summary: string;
  readonly changes: readonly string[];
  /** Name, shape, what happened; the largest change first. */
  readonly weights: readonly (readonly [string, string, string])[];
}

export function diffText(diff: ModelDiff): DiffText {
  const { weights, nodes, interface: ports, opsets, operators } = diff;
  const step = (before: number, after: number) =>
    before === after ? count(after) : `${count(before)} → ${count(after)}`;
  const weightSummary =
    weights.changes.length === 0
      ? `all ${count(weights.unchanged)} weight tensors are the same`
      : `${count(weights.changes.length)} of ${count(weights.changes.length + weights.unchanged)} weight tensors changed`;
  return {
    summary: `${step(nodes.before, nodes.after)} ${nodes.after === 1 ? 'node' : 'nodes'}, ${step(weights.parameters.before, weights.parameters.after)} parameters; ${weightSummary}`,
    changes: [
      ...ports.map(({ breaking, what }) => `${breaking ? 'breaking: ' : ''}${what}`),
      ...weights.notFinite.map((name) => `weight '${name}' holds NaN or infinity`),
      ...opsets.map(
        ({ name, before, after }) =>
          `operator set ${name}: ${before || 'none'} → ${after || 'none'}`,
      ),
      ...operators.map(({ name, before, after }) => `${name}: ${before} → ${after} nodes`),
    ],
    weights: [...weights.changes]
      .toSorted((a, b) => order(b) - order(a))
      .map((change) => [change.name, `[${change.dims.join(', ')}]`, wordOf(change)]),
  };
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
