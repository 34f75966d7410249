import { elementCount } from '../formats/nd-array.ts';
import { int } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE, type Node } from '../onnx/model.ts';
import type { KnownValues } from './known-values.ts';
import { Random } from './random.ts';

/**
 * What a Dropout lets through, an input of each step: masks come from the seed and the step, not
 * from the runtime's random numbers, so that a run that goes on after a kill sees the same ones.
 */
export interface DropoutMask {
  /** uint8: 1 for what is kept, 0 for what is dropped. */
  readonly name: string;
  /** Of one batch. */
  readonly dims: readonly number[];
  /** The share that is dropped. */
  readonly ratio: number;
}

/** ONNX's, where the node has no ratio. */
const DEFAULT_RATIO = 0.5;

/** Masks of one run of the training loop take no more. */
const MAX_BYTES = 64 * 2 ** 20;

/** Lets every Dropout drop, as in training: y = x mask / (1 - ratio). */
export function useDropout(builder: GraphBuilder, known: KnownValues): readonly DropoutMask[] {
  const nodes = builder.nodes.splice(0);
  const masks: DropoutMask[] = [];
  for (const node of nodes) {
    const ratio = ratioOf(node, known);
    if (ratio === 0) {
      builder.nodes.push(node);
      continue;
    }
    const [x = ''] = node.inputs;
    const { dims } = known.type(x);
    const name = builder.input(builder.unique('mask'), DATA_TYPE.uint8, dims);
    masks.push({ name, dims, ratio });
    const kept = builder.op('Cast', [name], { to: int(DATA_TYPE.float) });
    const scale = builder.constant(DATA_TYPE.float, [], [1 / (1 - ratio)]);
    const factor = builder.op('Mul', [kept, scale]);
    builder.node('Mul', [x, factor], node.outputs.slice(0, 1));
  }
  return masks;
}

/** 0 for a node that drops nothing, whatever it is. */
function ratioOf({ opType, domain, inputs }: Node, known: KnownValues): number {
  if (opType !== 'Dropout' || domain !== '') return 0;
  const [, ratio] = inputs;
  return ratio ? (known.numbers(ratio)[0] ?? DEFAULT_RATIO) : DEFAULT_RATIO;
}

/** How many steps one run of the training loop may take. */
export function mostMaskedSteps(masks: readonly DropoutMask[]): number {
  const bytes = masks.reduce((sum, { dims }) => sum + elementCount(dims), 0);
  return Math.max(1, Math.floor(MAX_BYTES / bytes));
}

/**
 * For each mask its values at `count` steps, one after the other.
 * @param first the first step, counted from 1 over the whole run
 */
export function takeMasks(
  masks: readonly DropoutMask[],
  seed: number,
  first: number,
  count: number,
): readonly Uint8Array[] {
  return masks.map(({ dims, ratio }, index) => {
    const size = elementCount(dims);
    const values = new Uint8Array(count * size);
    const threshold = ratio * 2 ** 32;
    for (let step = 0; step < count; step++) {
      const random = Random.of(seed, 'dropout', index, first + step);
      for (let place = step * size; place < (step + 1) * size; place++) {
        values[place] = random.next() < threshold ? 0 : 1;
      }
    }
    return values;
  });
}
