import type { Draw } from '../../../report/chart.ts';
import { html, type Html } from '../../../report/html.ts';
import { duration } from '../../../report/text.ts';
import type { Evaluation } from '../../evaluation.ts';
import type { LatencyComparison, Ratio } from '../../latency.ts';
import { card, swatch } from './card.ts';
import { latencyChart } from '../charts/latency.ts';
import { count, ratio } from '../format.ts';

export function latencyCard(draw: Draw, evaluation: Evaluation): Html | undefined {
  if (!evaluation.latency) return undefined;
  const { candidate, baseline, ratio: relative, further, batch } = evaluation.latency;
  const row = (who: string, tone: string, timing: typeof candidate) =>
    html`<tr>
      <td>${swatch(tone)}${who}</td>
      <td class="right">${duration(timing.medianMs)}</td>
      <td class="right">${duration(timing.p95Ms)}</td>
      <td class="right">${duration(timing.p99Ms)}</td>
      <td class="right">${duration(timing.samples.reduce((a, b) => Math.max(a, b), 0))}</td>
      <td class="right">${count(timing.outliers)}</td>
      <td class="right">${count(Math.round(timing.throughput))}</td>
    </tr>`;
  return card(
    'Latency',
    html`<p>
        ${batch === 1 ? 'One example' : `A batch of ${batch}`} at a time,
        ${count(candidate.samples.length)} rounds,
        ${baseline ? 'both models in turn in one process.' : 'the candidate alone.'}
        ${
          relative
            ? `The candidate takes ${ratio(relative.estimate)} the baseline's time (${ratio(relative.interval.low)} to ${ratio(relative.interval.high)}).`
            : ''
        }
      </p>
      ${latencyChart(draw, evaluation.latency)}
      <table>
        <tr>
          <th></th>
          <th class="right">Median</th>
          <th class="right">95th percentile</th>
          <th class="right">99th</th>
          <th class="right">Slowest</th>
          <th class="right">Outliers</th>
          <th class="right">Examples/s</th>
        </tr>
        ${row('candidate', 'accent', candidate)} ${baseline && row('baseline', 'second', baseline)}
        ${further && ratioRow(relative, further)}
      </table>`,
  );
}

/** Candidate over baseline, each with its range. */
function ratioRow(
  median: Ratio | undefined,
  { p95, p99, throughput }: NonNullable<LatencyComparison['further']>,
): Html {
  const cell = (value: Ratio | undefined) =>
    html`<td class="right">
      ${value ? `${ratio(value.estimate)} (${ratio(value.interval.low)} to ${ratio(value.interval.high)})` : '–'}
    </td>`;
  return html`<tr>
    <td>ratio</td>
    ${cell(median)}${cell(p95)}${cell(p99)}
    <td></td>
    <td></td>
    ${cell(throughput)}
  </tr>`;
}
