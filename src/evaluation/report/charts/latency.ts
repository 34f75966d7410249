import type { Draw, PlotLibrary } from '../../../report/chart.ts';
import type { Html } from '../../../report/html.ts';
import type { LatencyComparison } from '../../latency.ts';
import { quantile } from '../../statistics/quantile.ts';
import { COLOURS, NAMES, WIDTH } from './style.ts';

const BINS = 60;

/** The height of one model's part, and how much of it the histogram leaves to single rounds. */
const PART = 100;
const TICKS = 20;

interface Run {
  readonly who: string;
  readonly colour: string;
  readonly samples: Float64Array;
}

/** Every round of both models: the bulk as a histogram, each single one as a tick below. */
export function latencyChart(draw: Draw, { candidate, baseline }: LatencyComparison): Html {
  const runs: Run[] = [{ who: 'candidate', colour: COLOURS.candidate, samples: candidate.samples }];
  if (baseline) runs.push({ who: 'baseline', colour: COLOURS.baseline, samples: baseline.samples });
  const sorted = runs.map(({ samples }) => samples.toSorted());
  // What is slower than nearly all stands at the right edge: hidden it is not, but out of scale.
  const end = Math.max(...sorted.map((samples) => quantile(samples, 0.97))) * 1.1;
  const start = Math.min(...sorted.map((samples) => quantile(samples, 0)));
  const [unit, factor] =
    end < 1 ? (['microseconds', 1000] as const) : (['milliseconds', 1] as const);
  return draw((plot) => ({
    ariaLabel: 'latency of each round',
    width: WIDTH,
    height: 60 + runs.length * PART,
    marginLeft: NAMES,
    marginRight: 24,
    x: {
      domain: [start, end],
      label: `${unit} (the slowest rounds stand at the edge)`,
      ticks: 8,
      tickFormat: (ms: number) => String(Number((ms * factor).toPrecision(4))),
      grid: true,
    },
    fy: { label: null, domain: runs.map(({ who }) => who), padding: 0.1 },
    y: { axis: null },
    marks: runs.flatMap((run) => marksOf(plot, run, start, end)),
  }));
}

function marksOf(plot: PlotLibrary, { who, colour, samples }: Run, start: number, end: number) {
  const width = (end - start) / BINS;
  const rounds = Array.from(samples, (ms) => ({ ms: Math.min(ms, end), who }));
  const heights = new Float64Array(BINS);
  for (const { ms } of rounds) {
    const bin = Math.min(BINS - 1, Math.floor((ms - start) / width));
    heights[bin] = (heights[bin] ?? 0) + 1;
  }
  const highest = heights.reduce((a, b) => Math.max(a, b), 1);
  const bars = Array.from(heights, (height, bin) => ({
    from: start + bin * width,
    to: start + (bin + 1) * width,
    height: height / highest,
    who,
  })).filter(({ height }) => height > 0);
  const middle = [{ ms: quantile(samples.toSorted(), 0.5), who }];
  return [
    plot.rect(bars, {
      x1: 'from',
      x2: 'to',
      y1: 0,
      y2: 'height',
      fy: 'who',
      fill: colour,
      fillOpacity: 0.8,
      insetLeft: 0.5,
    }),
    plot.ruleX(rounds, {
      x: 'ms',
      fy: 'who',
      y1: -TICKS / PART,
      y2: -0.03,
      stroke: colour,
      strokeOpacity: 0.3,
    }),
    plot.ruleX(middle, { x: 'ms', fy: 'who', stroke: 'currentColor', strokeWidth: 1.5 }),
    plot.text(middle, {
      x: 'ms',
      y: 1,
      fy: 'who',
      text: () => 'median',
      dx: 5,
      dy: 2,
      textAnchor: 'start',
    }),
  ];
}
