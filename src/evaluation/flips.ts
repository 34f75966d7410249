import type { Predictions } from './predictions.ts';

/** The report lists the worst; the counts have all. */
const MAX_LISTED = 50;

/** An example that one model gets right and the other wrong. */
export interface Flip {
  /** Row of the test set. */
  readonly example: number;
  readonly label: number;
  readonly baseline: number;
  readonly candidate: number;
  /** The candidate's probability for its own answer, where it gives one. */
  readonly confidence: number | undefined;
}

export interface Flips {
  /** Right before, wrong now. */
  readonly broken: number;
  /** Wrong before, right now. */
  readonly fixed: number;
  /** Of those that broke, the ones that the candidate is surest of. */
  readonly examples: readonly Flip[];
}

export function flipsOf(labels: Int32Array, candidate: Predictions, baseline: Predictions): Flips {
  const broken: Flip[] = [];
  let fixed = 0;
  labels.forEach((label, example) => {
    const [now, before] = [candidate.predicted[example] ?? 0, baseline.predicted[example] ?? 0];
    if (before !== label && now === label) fixed += 1;
    if (before !== label || now === label) return;
    const confidence = candidate.probabilities?.[example * candidate.classes + now];
    broken.push({ example, label, baseline: before, candidate: now, confidence });
  });
  broken.sort((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0) || a.example - b.example);
  return { broken: broken.length, fixed, examples: broken.slice(0, MAX_LISTED) };
}
