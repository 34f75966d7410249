import { Random } from './random.ts';

/** Some batches of one epoch, as the training graph takes them. */
export interface Batches {
  readonly count: number;
  /** int64 [count, batch size]: which examples. */
  readonly indices: BigInt64Array;
  /** float32 [count, batch size]: 1, or 0 for an example that only fills the last batch. */
  readonly weights: Float32Array;
  /** Examples that count. */
  readonly examples: number;
}

/** The order in which an epoch takes the examples: the same for the same seed, epoch and count. */
export function epochOrder(seed: number, epoch: number, examples: number): Int32Array {
  return Random.of(seed, 'shuffle', epoch).permutation(examples);
}

export function batchesPerEpoch(examples: number, batchSize: number): number {
  return Math.ceil(examples / batchSize);
}

/**
 * Batches `first` to `first + count - 1` of an epoch. The last of an epoch is filled up with
 * repeated examples of weight 0, so that its loss is the mean over those that are left.
 */
export function takeBatches(
  order: Int32Array,
  batchSize: number,
  first: number,
  count: number,
): Batches {
  const indices = new BigInt64Array(count * batchSize);
  const weights = new Float32Array(count * batchSize);
  let examples = 0;
  for (let slot = 0; slot < indices.length; slot++) {
    const place = first * batchSize + slot;
    if (place < order.length) {
      weights[slot] = 1;
      examples += 1;
    }
    indices[slot] = BigInt(order[place % order.length] ?? 0);
  }
  return { count, indices, weights, examples };
}
