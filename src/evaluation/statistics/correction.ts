/** How the chance of a false alarm is kept among many tests. */
export type Correction = 'holm' | 'benjamini-hochberg';

/**
 * Chances adjusted for how many were looked at, in the order given.
 *
 * - `holm` (1979) bounds the chance of any false alarm at all
 * - `benjamini-hochberg` (1995) bounds the share of false ones among the alarms
 */
export function adjusted(chances: readonly number[], correction: Correction): number[] {
  const order = chances.map((_, index) => index).sort((a, b) => at(chances, a) - at(chances, b));
  const total = chances.length;
  const result = new Array<number>(total).fill(NaN);
  if (correction === 'holm') {
    let largest = 0;
    order.forEach((index, rank) => {
      largest = Math.max(largest, Math.min(1, (total - rank) * at(chances, index)));
      result[index] = largest;
    });
    return result;
  }
  let smallest = 1;
  for (const [place, index] of order.toReversed().entries()) {
    smallest = Math.min(smallest, (total * at(chances, index)) / (total - place));
    result[index] = smallest;
  }
  return result;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? NaN;
}
