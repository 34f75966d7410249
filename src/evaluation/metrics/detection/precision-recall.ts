import type { Match } from './match.ts';

/**
 * COCO reads the curve of precision at recalls of 0, 0.01 ... 1: to the last digit those of NumPy's
 * linspace, since a recall of 7 / 25 is compared with 28 steps of 0.01.
 */
const RECALLS = Array.from({ length: 101 }, (_, index) => (index === 100 ? 1 : index * 0.01));

interface Found {
  readonly score: number;
  readonly hit: boolean;
  readonly weight: number;
}

/**
 * Average precision and recall of one class: pycocotools' `accumulate`. Undefined where there is
 * nothing to find.
 * @param index of the threshold of overlap
 * @param most boxes that count in an image
 */
export function precisionRecall(
  matches: readonly Match[],
  { index, most }: { readonly index: number; readonly most: number },
  counts?: ArrayLike<number>,
): { readonly precision: number; readonly recall: number } | undefined {
  const found: Found[] = [];
  let wanted = 0;
  for (const match of matches) {
    const weight = counts?.[match.image] ?? 1;
    wanted += weight * match.wanted;
    if (weight === 0) continue;
    match.scores.slice(0, most).forEach((score, box) => {
      if (match.ignored[index]?.[box] === 1) return;
      found.push({ score, hit: match.hit[index]?.[box] === 1, weight });
    });
  }
  if (wanted === 0) return undefined;
  // Stable: of equal scores the earlier image comes first, as with NumPy's mergesort.
  return curve(
    found.sort((a, b) => b.score - a.score),
    wanted,
  );
}

function curve(found: readonly Found[], wanted: number) {
  const precisions: number[] = [];
  const recalls: number[] = [];
  let [hits, all] = [0, 0];
  for (const { hit, weight } of found) {
    all += weight;
    if (hit) hits += weight;
    precisions.push(hits / (all + Number.EPSILON));
    recalls.push(hits / wanted);
  }
  // The best precision at this recall or a higher one.
  for (let place = precisions.length - 2; place >= 0; place--) {
    precisions[place] = Math.max(precisions[place] ?? 0, precisions[place + 1] ?? 0);
  }
  let [place, sum] = [0, 0];
  for (const recall of RECALLS) {
    while (place < recalls.length && (recalls[place] ?? 0) < recall) place += 1;
    sum += precisions[place] ?? 0;
  }
  return { precision: sum / RECALLS.length, recall: hits / wanted };
}
