import type { Scored } from './tasks/task.ts';

/** The report lists the worst; the counts have all. */
const MAX_LISTED = 50;

/** An example that one model gets right and the other wrong, in words. */
export interface Flip {
  /** Row of the test set. */
  readonly example: number;
  readonly label: string;
  readonly baseline: string;
  readonly candidate: string;
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

/** Undefined for a task in which no answer is right or wrong. */
export function flipsOf(candidate: Scored, baseline: Scored): Flips | undefined {
  const [now, before] = [candidate.right, baseline.right];
  if (!now || !before) return undefined;
  const broken: { readonly example: number; readonly confidence: number }[] = [];
  let fixed = 0;
  now.forEach((right, example) => {
    if (right === before[example]) return;
    if (right) fixed += 1;
    else broken.push({ example, confidence: candidate.answer(example)?.confidence ?? 0 });
  });
  broken.sort((a, b) => b.confidence - a.confidence || a.example - b.example);
  const examples = broken.slice(0, MAX_LISTED).flatMap(({ example }) => {
    const [ours, theirs] = [candidate.answer(example), baseline.answer(example)];
    if (!ours || !theirs) return [];
    const { label, answer, confidence } = ours;
    return { example, label, baseline: theirs.answer, candidate: answer, confidence };
  });
  return { broken: broken.length, fixed, examples };
}
