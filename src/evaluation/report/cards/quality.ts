import type { Draw } from '../../../report/chart.ts';
import { html, type Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { classChart } from '../charts/classes.ts';
import { prChart, reliabilityChart, rocChart } from '../charts/curves.ts';
import { sliceChart } from '../charts/slices.ts';
import { count, metricTitle, percent, signed } from '../format.ts';
import { furtherRows } from '../metric-rows.ts';
import { sliceCells, sliceMetric, sliceRows } from '../slice-rows.ts';
import { card, swatch } from './card.ts';

export function slicesCard(draw: Draw, evaluation: Evaluation): Html | undefined {
  const metric = sliceMetric(evaluation);
  if (evaluation.slices.length === 0 || metric === undefined) return undefined;
  return card(
    `Slices: ${metricTitle(metric)}`,
    html`${sliceChart(draw, evaluation)}
      <table>
        <tr>
          <th>Slice</th>
          <th class="right">Examples</th>
          ${comparisonHeads(evaluation)}
        </tr>
        ${sliceRows(evaluation).map(
          ({ name, examples, quality }) =>
            html`<tr>
              <td>${name}</td>
              <td class="right">${count(examples)}</td>
              ${sliceCells(quality, metric)
                .slice(0, evaluation.baseline ? 3 : 1)
                .map((cell) => html`<td class="right">${cell}</td>`)}
            </tr>`,
        )}
      </table>`,
  );
}

export function classesCard(draw: Draw, evaluation: Evaluation): Html | undefined {
  const { candidate, baseline } = evaluation;
  const { classes, classNames } = candidate.details;
  if (classes.length === 0) return undefined;
  const rows = classes.map((figures, index) => {
    const before = baseline?.details.classes[index];
    const change = before ? (figures.f1 - before.f1) * 100 : NaN;
    return html`<tr>
      <td>${classNames[index] ?? index}</td>
      <td class="right">${percent(figures.precision)}</td>
      <td class="right">${percent(figures.recall)}</td>
      <td class="right">${percent(figures.f1)}</td>
      ${before && html`<td class="right ${change < 0 ? 'down' : 'up'}">${signed(change)}</td>`}
      <td class="right">${count(figures.support)}</td>
    </tr>`;
  });
  return card(
    baseline ? 'Classes: change of F1' : 'Classes',
    html`${classChart(draw, evaluation)}
      <table>
        <tr>
          <th>Class</th>
          <th class="right">Precision</th>
          <th class="right">Recall</th>
          <th class="right">F1</th>
          ${baseline && html`<th class="right">Change</th>`}
          <th class="right">Examples</th>
        </tr>
        ${rows}
      </table>`,
  );
}

export function curvesCard(draw: Draw, evaluation: Evaluation): Html | undefined {
  const charts = [
    ['Reliability', reliabilityChart(draw, evaluation)],
    ['ROC, each class against the rest', rocChart(draw, evaluation)],
    ['Precision and recall', prChart(draw, evaluation)],
  ] as const;
  if (charts.every(([, chart]) => chart === undefined)) return undefined;
  return card(
    'Probabilities',
    html`<p>
        ${swatch('accent')}candidate ${evaluation.baseline && html`${swatch('second')}baseline`}
      </p>
      <div class="charts">
        ${charts.map(
          ([title, chart]) =>
            chart &&
            html`<figure>
              <figcaption>${title}</figcaption>
              ${chart}
            </figure>`,
        )}
      </div>`,
  );
}

export function furtherCard(evaluation: Evaluation): Html | undefined {
  const rows = furtherRows(evaluation);
  if (rows.length === 0) return undefined;
  return card(
    'Further metrics',
    html`<table>
      <tr>
        <th>Metric</th>
        ${comparisonHeads(evaluation)}
      </tr>
      ${rows.map(
        ({ title, candidate, baseline = '–', change = '–', tone }) =>
          html`<tr>
            <td>${title}</td>
            <td class="right">${candidate}</td>
            ${
              evaluation.baseline &&
              html`<td class="right">${baseline}</td>
                <td class="right ${tone}">${change}</td>`
            }
          </tr>`,
      )}
    </table>`,
  );
}

/** The candidate's figure; that of the baseline and the change where there is one. */
function comparisonHeads({ baseline }: Evaluation): Html[] {
  const titles = baseline ? ['Candidate', 'Baseline', 'Change'] : ['Candidate'];
  return titles.map((title) => html`<th class="right">${title}</th>`);
}
