import type { Draw, PlotLibrary } from '../../../report/chart.ts';
import type { Html } from '../../../report/html.ts';
import type { Point } from '../../curves.ts';
import type { Contender, Evaluation } from '../../evaluation.ts';
import { COLOURS } from './style.ts';

/** Three stand side by side. */
const SIDE = 290;

interface Line {
  readonly points: readonly Point[];
  readonly colour: string;
}

const square = {
  width: SIDE,
  height: SIDE - 40,
  marginLeft: 50,
  marginRight: 14,
  marginBottom: 40,
} as const;

const unit = { domain: [0, 1], grid: true, ticks: 5 } as const;

/** How often each model is right against how sure it is; a dot's size is its share of examples. */
export function reliabilityChart(draw: Draw, evaluation: Evaluation): Html | undefined {
  const { candidate, baseline } = evaluation;
  if (candidate.details.reliability.length === 0) return undefined;
  const dots = (contender: Contender, colour: string) =>
    contender.details.reliability.map((bin) => ({
      ...bin,
      colour,
      radius: 3 + 11 * Math.sqrt(bin.examples / evaluation.data.examples),
    }));
  const all = [
    ...(baseline ? dots(baseline, COLOURS.baseline) : []),
    ...dots(candidate, COLOURS.candidate),
  ];
  return draw((plot) => ({
    ...square,
    ariaLabel: 'accuracy by confidence',
    x: { ...unit, label: 'confidence', labelAnchor: 'center' },
    y: { ...unit, label: 'share that is right' },
    marks: [
      diagonal(plot),
      plot.line(all, { x: 'confidence', y: 'accuracy', z: 'colour', stroke: 'colour' }),
      plot.dot(all, {
        x: 'confidence',
        y: 'accuracy',
        r: (bin: (typeof all)[number]) => bin.radius,
        fill: 'colour',
        fillOpacity: 0.35,
        stroke: 'colour',
      }),
    ],
    r: { type: 'identity' },
    color: { type: 'identity' },
  }));
}

export function rocChart(draw: Draw, evaluation: Evaluation): Html | undefined {
  return curveChart(draw, evaluation, 'roc', {
    ariaLabel: 'ROC curve',
    x: 'false positive rate',
    y: 'true positive rate',
  });
}

export function prChart(draw: Draw, evaluation: Evaluation): Html | undefined {
  return curveChart(draw, evaluation, 'pr', {
    ariaLabel: 'precision by recall',
    x: 'recall',
    y: 'precision',
  });
}

function curveChart(
  draw: Draw,
  { candidate, baseline }: Evaluation,
  figure: 'roc' | 'pr',
  labels: { readonly ariaLabel: string; readonly x: string; readonly y: string },
): Html | undefined {
  const lines = (contender: Contender | undefined, colour: string): Line[] =>
    contender?.details.curves.map((curve) => ({ points: curve[figure], colour })) ?? [];
  const all = [...lines(baseline, COLOURS.baseline), ...lines(candidate, COLOURS.candidate)];
  if (candidate.details.curves.length === 0) return undefined;
  return draw((plot) => ({
    ...square,
    ariaLabel: labels.ariaLabel,
    x: { ...unit, label: labels.x, labelAnchor: 'center' },
    y: { ...unit, label: labels.y },
    marks: [
      ...(figure === 'roc' ? [diagonal(plot)] : []),
      ...all.map(({ points, colour }) =>
        plot.line(points, {
          x: ([x]: Point) => x,
          y: ([, y]: Point) => y,
          stroke: colour,
          strokeWidth: all.length > 2 ? 1.2 : 2,
          strokeOpacity: all.length > 2 ? 0.7 : 1,
        }),
      ),
    ],
  }));
}

function diagonal(plot: PlotLibrary) {
  return plot.link([0], {
    x1: 0,
    y1: 0,
    x2: 1,
    y2: 1,
    stroke: 'currentColor',
    strokeOpacity: 0.4,
    strokeDasharray: '3,3',
  });
}
