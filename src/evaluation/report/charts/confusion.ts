import type { Draw } from '../../../report/chart.ts';
import type { Html } from '../../../report/html.ts';
import type { Confusion } from '../../confusion.ts';
import type { Evaluation } from '../../evaluation.ts';
import type { Details } from '../../tasks/task.ts';
import { count } from '../format.ts';
import { CLASSES_IN_CHART, COLOURS, NAMES } from './style.ts';

/** Counts are printed in the cells up to here; beyond, colour alone is legible. */
const CLASSES_WITH_NUMBERS = 25;

interface Cell {
  readonly label: string;
  readonly predicted: string;
  readonly value: number;
  /** Of all examples with this label. */
  readonly share: number;
  readonly right: boolean;
}

/** Rows are labels; colour is the share of the row, so that rare classes show as well. */
export function confusionChart(draw: Draw, evaluation: Evaluation): Html | undefined {
  const { confusion, classNames } = evaluation.candidate.details;
  if (!confusion || confusion.classes > CLASSES_IN_CHART) return undefined;
  const { classes } = confusion;
  const cells = cellsOf(evaluation.candidate.details, confusion);
  const domain = Array.from({ length: classes }, (_, i) => classNames[i] ?? String(i));
  const side = Math.min(700, 110 + classes * 52);
  const place = { x: 'predicted', y: 'label' } as const;
  return draw((plot) => ({
    ariaLabel: 'confusion matrix of the candidate',
    width: Math.min(900, side * 1.35),
    height: side,
    marginLeft: NAMES,
    marginTop: 50,
    padding: 0.04,
    x: { domain, label: 'predicted', axis: 'top' },
    y: { domain, label: 'label' },
    opacity: { type: 'identity' },
    marks: [
      plot.cell(cells, {
        ...place,
        fill: (cell: Cell) => (cell.right ? COLOURS.candidate : COLOURS.bad),
        fillOpacity: opacity,
      }),
      plot.text(classes > CLASSES_WITH_NUMBERS ? [] : cells, {
        ...place,
        text: (cell: Cell) => count(cell.value),
      }),
    ],
  }));
}

/** A mistake is rare, so its colour grows faster than that of a hit. */
function opacity({ share, right }: Cell): number {
  return right ? 0.08 + 0.55 * share : Math.min(0.7, 0.08 + 3 * share);
}

function cellsOf({ classes: figures, classNames }: Details, confusion: Confusion): Cell[] {
  const { classes, counts } = confusion;
  const name = (index: number) => classNames[index] ?? String(index);
  return Array.from(counts, (value, cell) => {
    const [row, column] = [Math.floor(cell / classes), cell % classes];
    const share = value / (figures[row]?.support ?? 0) || 0;
    return { label: name(row), predicted: name(column), value, share, right: row === column };
  }).filter(({ value }) => value > 0);
}
