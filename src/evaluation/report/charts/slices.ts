import type { Draw } from '../../../report/chart.ts';
import type { Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { isShare } from '../format.ts';
import { sliceMetric, sliceRows } from '../slice-rows.ts';
import { CLASSES_IN_CHART, COLOURS, WIDTH } from './style.ts';

/** Names of slices hold their column too. */
const NAMES = 190;

/** How much worse each slice became, with the range that its data allow. */
export function sliceChart(draw: Draw, evaluation: Evaluation): Html | undefined {
  const metric = sliceMetric(evaluation);
  if (metric === undefined) return undefined;
  const factor = isShare(metric) ? 100 : 1;
  const ranges = sliceRows(evaluation).flatMap(({ name, quality }) => {
    const { estimate, interval } = quality?.regression ?? {};
    if (estimate === undefined || !interval) return [];
    return {
      name: name.length > 28 ? `${name.slice(0, 27)}…` : name,
      value: estimate * factor,
      low: interval.low * factor,
      high: interval.high * factor,
      colour: interval.low > 0 ? COLOURS.bad : interval.high < 0 ? COLOURS.good : COLOURS.warn,
    };
  });
  if (ranges.length === 0 || ranges.length > CLASSES_IN_CHART) return undefined;
  return draw((plot) => ({
    ariaLabel: 'change by slice, with its range',
    width: WIDTH,
    height: 50 + ranges.length * 24,
    marginLeft: NAMES,
    x: {
      grid: true,
      label: `← better     ${isShare(metric) ? 'points worse' : 'worse'} →`,
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: { domain: ranges.map(({ name }) => name), label: null },
    color: { type: 'identity' },
    marks: [
      plot.ruleX([0], { strokeOpacity: 0.6, strokeDasharray: '3,3' }),
      plot.ruleY(ranges, { y: 'name', x1: 'low', x2: 'high', stroke: 'colour', strokeWidth: 4 }),
      plot.dot(ranges, { y: 'name', x: 'value', fill: 'colour', r: 5 }),
    ],
  }));
}
