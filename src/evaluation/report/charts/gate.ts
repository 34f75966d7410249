import type { ChartOptions, Draw, PlotLibrary } from '../../../report/chart.ts';
import type { Html } from '../../../report/html.ts';
import type { GateResult } from '../../gates.ts';
import { isShare } from '../format.ts';
import { COLOURS, WIDTH } from './style.ts';

/** A comparison in the unit that its axis shows. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly value: number;
  readonly limit: number;
  readonly unchanged: number;
  readonly unit: string;
  readonly domain: readonly [number, number];
}

/** A comparison on its own scale: interval, estimate, no change, and the forbidden side. */
export function gateChart(draw: Draw, gate: GateResult): Html | undefined {
  const scale = scaleOf(gate);
  return scale && draw((plot) => options(plot, gate, scale));
}

function scaleOf({ metric, rule, limit, value, interval }: GateResult): Scale | undefined {
  if (value === undefined || !interval) return undefined;
  const ratio = rule === 'max-ratio';
  const relative = rule === 'max-relative-regression';
  const share = relative || isShare(metric);
  const factor = share && !ratio ? 100 : 1;
  const unchanged = ratio ? 1 : 0;
  const shown = [interval.low, interval.high, value, limit].map((x) => x * factor);
  const [low = 0, high = 0, estimate = 0, bound = 0] = shown;
  const [least, most] = [Math.min(...shown, unchanged), Math.max(...shown, unchanged)];
  const pad = (most - least) * 0.12 || 0.1;
  return {
    low,
    high,
    value: estimate,
    limit: bound,
    unchanged,
    unit: ratio ? "times the baseline's" : relative ? '% worse' : share ? 'points worse' : 'worse',
    domain: [least - pad, most + pad],
  };
}

function options(plot: PlotLibrary, gate: GateResult, scale: Scale): ChartOptions {
  const { low, high, value, limit, unchanged, unit, domain } = scale;
  const colour = colourOf(gate);
  const flat = { y1: -1, y2: 1 };
  return {
    ariaLabel: `range of ${gate.metric}, with its limit`,
    width: WIDTH,
    height: 78,
    marginLeft: 8,
    marginRight: 8,
    marginTop: 18,
    marginBottom: 34,
    x: {
      domain,
      label: `← better     ${unit} →`,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 8,
    },
    y: { domain: [-1, 1], axis: null },
    marks: [
      plot.rect([0], { x1: limit, x2: domain[1], ...flat, fill: COLOURS.bad, fillOpacity: 0.13 }),
      plot.ruleX([unchanged], {
        stroke: 'currentColor',
        strokeOpacity: 0.6,
        strokeDasharray: '3,3',
      }),
      plot.ruleX([limit], { stroke: COLOURS.bad, strokeWidth: 1.5 }),
      plot.text(['limit'], { x: [limit], y: [1], dy: -9, fill: COLOURS.bad }),
      plot.text(['no change'], { x: [unchanged], y: [1], dy: -9, fillOpacity: 0.7 }),
      plot.ruleY([0], {
        x1: low,
        x2: high,
        stroke: colour,
        strokeWidth: 6,
        strokeLinecap: 'round',
      }),
      plot.dot([value], {
        x: [value],
        y: [0],
        r: 6.5,
        fill: colour,
        stroke: 'var(--card)',
        strokeWidth: 2,
      }),
    ],
  };
}

function colourOf({ outcome }: GateResult): string {
  if (outcome === 'worse') return COLOURS.bad;
  return outcome === 'not-enough-data' ? COLOURS.warn : COLOURS.good;
}
