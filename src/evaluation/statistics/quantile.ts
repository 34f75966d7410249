/**
 * The quantile of sorted values by linear interpolation: type 7 of Hyndman and Fan (1996), the
 * default of NumPy and R. NaN for no values.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (high - low) * (position - below);
}

export function median(values: Float64Array): number {
  return quantile(values.toSorted(), 0.5);
}
