import { z } from 'zod';
import { detectionMetrics } from '../metrics/detection/index.ts';
import type { Box, Detected, FoundBox, TrueBox } from '../pairings.ts';
import { checkCount, checkNumbers, invalidLabels, invalidRow, isArray, isOutputs } from './rows.ts';
import { defineTask, noDetails, type Labels, type RawAnswers, type Reading } from './task.ts';

const box = z.tuple([z.number(), z.number(), z.number().nonnegative(), z.number().nonnegative()]);
const className = z.union([z.string(), z.int()]).transform(String);
const truths = z.array(
  z
    .object({
      class: className,
      box,
      area: z.number().nonnegative().optional(),
      crowd: z.boolean().default(false),
    })
    .transform((truth): TrueBox => ({ ...truth, area: truth.area ?? truth.box[2] * truth.box[3] })),
);
const found = z.array(z.object({ class: className, box, score: z.number() }));

const BOXES = 'a list of boxes { class, box: [x, y, width, height] }';

export const objectDetection = defineTask<Detected>({
  name: 'object-detection',
  title: 'object detection',
  metrics: detectionMetrics,
  main: ['map', 'map-50', 'mar-100'],
  pair,
  details: () => noDetails('boxes'),
});

function pair(labels: Labels, answers: RawAnswers, reading: Reading): Detected {
  const there = isArray(labels) ? truthsOf(labels.values, labels.shape, reading) : labels;
  const truthRows = there.map((row, index) => {
    const read = truths.safeParse(row);
    if (read.success) return withNames(read.data, reading);
    const what = `the label of example ${index} is not ${BOXES}`;
    throw invalidLabels(what, 'area and crowd may be added, as COCO has them.', reading);
  });
  const rows = isOutputs(answers) ? boxesOf(answers, reading) : answers;
  checkCount(truthRows.length, rows.length, reading);
  const foundRows = rows.map((row, index): FoundBox[] => {
    const read = found.safeParse(row);
    if (read.success) return withNames(read.data, reading);
    throw invalidRow(index, `${BOXES} with a score`, reading);
  });
  return { examples: truthRows.length, truths: truthRows, found: foundRows };
}

/** Indices and names of classes mean the same where the policy lists them. */
function withNames<T extends { readonly class: string }>(
  boxes: readonly T[],
  { classNames }: Reading,
): T[] {
  return boxes.map((item) => ({ ...item, class: classNames?.[Number(item.class)] ?? item.class }));
}

/** Corners become a box with its size. */
function fromCorners(values: readonly number[]): Box {
  const [left = 0, top = 0, right = 0, bottom = 0] = values;
  return [left, top, Math.max(0, right - left), Math.max(0, bottom - top)];
}

/** An array [n, boxes, 5]: left, top, right, bottom, class; a negative class is padding. */
function truthsOf(
  values: ArrayLike<number | bigint>,
  shape: readonly number[],
  reading: Reading,
): unknown[] {
  const [examples = 0, boxes = 0, width] = shape;
  if (shape.length !== 3 || width !== 5) {
    throw invalidLabels(
      `the labels have the shape [${shape.join(', ')}]`,
      'Boxes are [examples, boxes, 5]: left, top, right, bottom, class.',
      reading,
    );
  }
  return rowsOf(values, [examples, boxes, 5]).map((rows) =>
    rows
      .filter(([, , , , index = 0]) => index >= 0)
      .map((row) => ({ class: row[4], box: fromCorners(row) })),
  );
}

/** An output [n, boxes, 6]: left, top, right, bottom, score, class; a score of 0 is padding. */
function boxesOf(answers: Exclude<RawAnswers, readonly unknown[]>, reading: Reading): unknown[] {
  const [boxes = 0, width] = answers.rowShape;
  if (answers.rowShape.length !== 2 || width !== 6) {
    throw invalidLabels(
      `${reading.subject}: output '${answers.output}' gives [${answers.rowShape.join(', ')}] per example`,
      'Boxes are [boxes, 6] per example: left, top, right, bottom, score, class.',
      reading,
    );
  }
  checkNumbers(answers, boxes * 6, reading);
  const examples = answers.values.length / (boxes * 6);
  return rowsOf(answers.values, [examples, boxes, 6]).map((rows) =>
    rows
      .filter(([, , , , score = 0]) => score > 0)
      .map((row) => ({ class: row[5], box: fromCorners(row), score: row[4] })),
  );
}

function rowsOf(
  values: ArrayLike<number | bigint>,
  [examples, boxes, width]: readonly [number, number, number],
): number[][][] {
  return Array.from({ length: examples }, (_, example) =>
    Array.from({ length: boxes }, (_, index) =>
      Array.from({ length: width }, (_, cell) =>
        Number(values[(example * boxes + index) * width + cell]),
      ),
    ),
  );
}
