/** Where a figure lies, on the evidence; each end is a one-sided bound at the same confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}
