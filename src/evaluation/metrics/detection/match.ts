import type { Box, Detected, FoundBox, TrueBox } from '../../pairings.ts';

/** COCO's thresholds of overlap: 0.50, 0.55 ... 0.95, to the last digit those of NumPy's linspace. */
export const OVERLAPS = Array.from({ length: 10 }, (_, index) =>
  index === 9 ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9),
);

/** COCO looks at so many boxes of a class in an image, the surest ones. */
export const MOST_BOXES = 100;

/** COCO's ranges of area, in pixels; the ends belong to both neighbours. */
export const AREAS = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const;

export type Area = keyof typeof AREAS;

/** The boxes of one class that were found in one image, the surest first. */
export interface Match {
  readonly image: number;
  readonly scores: readonly number[];
  /** For each threshold of overlap, whether the box meets a true one. */
  readonly hit: readonly Uint8Array[];
  /** For each threshold, whether the box counts neither way. */
  readonly ignored: readonly Uint8Array[];
  /** True boxes that have to be found. */
  readonly wanted: number;
}

const known = new WeakMap<Detected, Map<Area, Map<string, Match[]>>>();

/** All matches of a range of area, by class; kept, since every metric asks for them. */
export function matchesOf(detected: Detected, area: Area): ReadonlyMap<string, readonly Match[]> {
  const byArea = known.get(detected) ?? new Map<Area, Map<string, Match[]>>();
  known.set(detected, byArea);
  const found = byArea.get(area) ?? matchAll(detected, area);
  byArea.set(area, found);
  return found;
}

function matchAll({ truths, found }: Detected, area: Area): Map<string, Match[]> {
  const matches = new Map<string, Match[]>();
  truths.forEach((boxes, image) => {
    const guesses = found[image] ?? [];
    const names = new Set([...boxes, ...guesses].map((box) => box.class));
    for (const name of names) {
      const isOfClass = (box: { readonly class: string }) => box.class === name;
      const match = matchImage(
        boxes.filter(isOfClass),
        guesses
          .filter(isOfClass)
          .toSorted((a, b) => b.score - a.score)
          .slice(0, MOST_BOXES),
        area,
      );
      matches.set(name, [...(matches.get(name) ?? []), { image, ...match }]);
    }
  });
  return matches;
}

/** pycocotools' `evaluateImg`: each box takes the best true one that is free, the surest first. */
function matchImage(
  truths: readonly TrueBox[],
  guesses: readonly FoundBox[],
  area: Area,
): Omit<Match, 'image'> {
  const [least, most] = AREAS[area];
  const outside = (size: number) => size < least || size > most;
  const targets = truths
    .map((truth) => ({ ...truth, ignored: truth.crowd || outside(truth.area) }))
    .toSorted((a, b) => Number(a.ignored) - Number(b.ignored));
  const overlaps = guesses.map(({ box }) => targets.map((target) => overlap(box, target)));
  const results = OVERLAPS.map((threshold) => {
    const taken = new Uint8Array(targets.length);
    const hit = new Uint8Array(guesses.length);
    const ignored = new Uint8Array(guesses.length);
    guesses.forEach(({ box }, guess) => {
      const best = bestTarget(targets, taken, overlaps[guess] ?? [], threshold);
      const target = targets[best];
      if (target) {
        taken[best] = 1;
        hit[guess] = 1;
        ignored[guess] = Number(target.ignored);
      } else {
        ignored[guess] = Number(outside(box[2] * box[3]));
      }
    });
    return { hit, ignored };
  });
  return {
    scores: guesses.map(({ score }) => score),
    hit: results.map(({ hit }) => hit),
    ignored: results.map(({ ignored }) => ignored),
    wanted: targets.filter((target) => !target.ignored).length,
  };
}

interface Target extends TrueBox {
  readonly ignored: boolean;
}

/** -1 where no true box is free and overlaps enough; those that count come before those ignored. */
function bestTarget(
  targets: readonly Target[],
  taken: Uint8Array,
  overlaps: readonly number[],
  threshold: number,
): number {
  let best = -1;
  let least = Math.min(threshold, 1 - 1e-10);
  for (const [index, target] of targets.entries()) {
    if (taken[index] === 1 && !target.crowd) continue;
    if (best >= 0 && !targets[best]?.ignored && target.ignored) break;
    const value = overlaps[index] ?? 0;
    if (value < least) continue;
    least = value;
    best = index;
  }
  return best;
}

/** Intersection over union; over the found box alone where the true one is a crowd. */
function overlap(found: Box, { box: truth, crowd }: TrueBox): number {
  const width = Math.min(found[0] + found[2], truth[0] + truth[2]) - Math.max(found[0], truth[0]);
  const height = Math.min(found[1] + found[3], truth[1] + truth[3]) - Math.max(found[1], truth[1]);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  const own = found[2] * found[3];
  return both / (crowd ? own : own + truth[2] * truth[3] - both);
}
