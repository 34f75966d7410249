import type { Detected } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { matchesOf, MOST_BOXES, OVERLAPS, type Area, type Match } from './match.ts';
import { precisionRecall } from './precision-recall.ts';

interface Question {
  readonly area: Area;
  /** Boxes of a class that count in an image. */
  readonly most: number;
  /** Places in OVERLAPS. */
  readonly overlaps: readonly number[];
}

const everyOverlap = OVERLAPS.map((_, index) => index);
const usual: Question = { area: 'all', most: MOST_BOXES, overlaps: everyOverlap };

/** COCO's twelve figures, as pycocotools' `COCOeval.summarize`. */
export const detectionMetrics: readonly Metric<Detected>[] = [
  precision('map', 'mAP', usual),
  precision('map-50', 'mAP at 0.50', { ...usual, overlaps: [0] }),
  precision('map-75', 'mAP at 0.75', { ...usual, overlaps: [5] }),
  precision('map-small', 'mAP of small boxes', { ...usual, area: 'small' }),
  precision('map-medium', 'mAP of medium boxes', { ...usual, area: 'medium' }),
  precision('map-large', 'mAP of large boxes', { ...usual, area: 'large' }),
  recall('mar-1', 'mean recall, 1 box', { ...usual, most: 1 }),
  recall('mar-10', 'mean recall, 10 boxes', { ...usual, most: 10 }),
  recall('mar-100', 'mean recall, 100 boxes', usual),
  recall('mar-small', 'mean recall of small boxes', { ...usual, area: 'small' }),
  recall('mar-medium', 'mean recall of medium boxes', { ...usual, area: 'medium' }),
  recall('mar-large', 'mean recall of large boxes', { ...usual, area: 'large' }),
];

function precision<const N extends string>(name: N, title: string, question: Question) {
  return metric(name, title, question, 'precision');
}

function recall<const N extends string>(name: N, title: string, question: Question) {
  return metric(name, title, question, 'recall');
}

function metric<const N extends string>(
  name: N,
  title: string,
  { area, most, overlaps }: Question,
  figure: 'precision' | 'recall',
) {
  return {
    name,
    title,
    better: 'higher',
    unit: 'share',
    prepare: (detected: Detected) => {
      const classes = [...matchesOf(detected, area).values()];
      return (counts?: ArrayLike<number>) =>
        meanOverClasses(classes, (matches) =>
          overlaps.map((index) => precisionRecall(matches, { index, most }, counts)?.[figure]),
        );
    },
  } as const;
}

/** Classes without a box to find have no say; NaN where none has one. */
function meanOverClasses(
  classes: readonly (readonly Match[])[],
  values: (matches: readonly Match[]) => readonly (number | undefined)[],
): number {
  const known = classes.flatMap(values).filter((value) => value !== undefined);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
