import { rankingOfClass } from './metrics/classification/areas.ts';
import { walk } from './metrics/ranking.ts';
import { binOf, BINS, confidences } from './calibration.ts';
import type { Classified } from './pairings.ts';

/** More classes than this are no longer told apart in a chart. */
const MAX_CLASSES = 10;

/** Finer steps are not visible. */
const MAX_POINTS = 200;

/** Examples of a range of confidence: a calibrated model is right as often as it is sure. */
export interface ReliabilityBin {
  /** Means over the examples. */
  readonly confidence: number;
  readonly accuracy: number;
  readonly examples: number;
}

export type Point = readonly [x: number, y: number];

/** One class against the rest, over all thresholds. */
export interface ClassCurves {
  /** Index of the class. */
  readonly class: number;
  /** False positive rate, true positive rate. */
  readonly roc: readonly Point[];
  /** Recall, precision. */
  readonly pr: readonly Point[];
}

/** By bins of confidence, those without examples left out; none without probabilities. */
export function reliabilityOf(answers: Classified): ReliabilityBin[] {
  if (!answers.probabilities) return [];
  const sums = Array.from({ length: BINS }, () => ({ confidence: 0, hits: 0, examples: 0 }));
  confidences(answers).forEach((confidence, row) => {
    const bin = sums[binOf(confidence)];
    if (!bin) return;
    bin.confidence += confidence;
    bin.hits += Number(answers.labels[row] === answers.predicted[row]);
    bin.examples += 1;
  });
  return sums
    .filter(({ examples }) => examples > 0)
    .map(({ confidence, hits, examples }) => ({
      confidence: confidence / examples,
      accuracy: hits / examples,
      examples,
    }));
}

/** Of the second of two classes, else of each; none where there are too many. */
export function curvesOf(answers: Classified): ClassCurves[] {
  const { probabilities, classes } = answers;
  if (!probabilities || classes > MAX_CLASSES) return [];
  const wanted = classes === 2 ? [1] : Array.from({ length: classes }, (_, index) => index);
  return wanted.flatMap((index) => curveOf(answers, index) ?? []);
}

/** Undefined where all examples are of the class, or none. */
function curveOf(answers: Classified, index: number): ClassCurves | undefined {
  const positives = answers.labels.filter((label) => label === index).length;
  const negatives = answers.examples - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const ranking = rankingOfClass(answers, index);
  let thresholds = 0;
  walk(ranking, undefined, () => (thresholds += 1));
  const roc = new Thinned(thresholds + 1);
  const pr = new Thinned(thresholds);
  roc.add(() => [0, 0]);
  let [hits, misses] = [0, 0];
  walk(ranking, undefined, (newHits, newMisses) => {
    hits += newHits;
    misses += newMisses;
    roc.add(() => [misses / negatives, hits / positives]);
    pr.add(() => [hits / positives, hits / (hits + misses)]);
  });
  return { class: index, roc: roc.points, pr: pr.points };
}

/** So many points of a longer list, evenly, and the last of it; the others are never made. */
class Thinned {
  readonly points: Point[] = [];
  readonly #last: number;
  readonly #step: number;
  #index = 0;

  constructor(count: number) {
    this.#last = count - 1;
    this.#step = Math.max(1, Math.ceil(count / MAX_POINTS));
  }

  add(point: () => Point): void {
    const kept = this.#index % this.#step === 0 || this.#index === this.#last;
    if (kept) this.points.push(point());
    this.#index += 1;
  }
}
