import type { ChartOptions, Draw, PlotLibrary } from '../../../report/chart.ts';
import type { Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { percent, signed } from '../format.ts';
import { CLASSES_IN_CHART, COLOURS, NAMES, WIDTH } from './style.ts';

interface Bar {
  readonly name: string;
  /** F1, or how it changed in points. */
  readonly value: number;
}

/** F1 of each class, or where there is a baseline how it changed. */
export function classChart(draw: Draw, evaluation: Evaluation): Html | undefined {
  const { candidate, baseline } = evaluation;
  const { classes, classNames } = candidate.details;
  if (classes.length === 0 || classes.length > CLASSES_IN_CHART) return undefined;
  const bars = classes.map(({ f1 }, index) => ({
    name: classNames[index] ?? String(index),
    value: baseline ? (f1 - (baseline.details.classes[index]?.f1 ?? NaN)) * 100 : f1,
  }));
  return draw((plot) => ({
    ...(baseline ? changes(plot, bars) : levels(plot, bars)),
    width: WIDTH,
    height: 46 + bars.length * 24,
    marginLeft: NAMES,
    marginRight: 70,
    y: { domain: bars.map(({ name }) => name), label: null },
  }));
}

const value = 'value';
const place = { x: value, y: 'name' } as const;
const inset = { insetTop: 3, insetBottom: 3 } as const;
const isNumber = (bar: Bar) => !Number.isNaN(bar.value);

function levels(plot: PlotLibrary, all: readonly Bar[]): ChartOptions {
  const bars = all.filter(isNumber);
  const text = (bar: Bar) => percent(bar.value);
  return {
    ariaLabel: 'F1 by class',
    x: { label: 'F1', grid: true, domain: [0, 1] },
    marks: [
      plot.barX(bars, { ...place, ...inset, fill: COLOURS.candidate }),
      plot.ruleX([0]),
      plot.text(bars, { ...place, text, dx: 6, textAnchor: 'start' }),
    ],
  };
}

function changes(plot: PlotLibrary, all: readonly Bar[]): ChartOptions {
  const bars = all.filter(isNumber);
  const fill = (bar: Bar) => (bar.value < 0 ? COLOURS.bad : COLOURS.good);
  const text = (bar: Bar) => signed(bar.value);
  const up = bars.filter((bar) => bar.value >= 0);
  const down = bars.filter((bar) => bar.value < 0);
  const reach = Math.max(...bars.map((bar) => Math.abs(bar.value)), 0.1) * 1.15;
  return {
    ariaLabel: 'change of F1 by class',
    x: {
      label: 'change of F1 in points',
      grid: true,
      domain: [down.length > 0 ? -reach : 0, up.length > 0 ? reach : 0],
    },
    marks: [
      plot.barX(bars, { ...place, ...inset, fill }),
      plot.ruleX([0]),
      plot.text(up, { ...place, text, dx: 6, textAnchor: 'start' }),
      plot.text(down, { ...place, text, dx: -6, textAnchor: 'end' }),
    ],
  };
}
