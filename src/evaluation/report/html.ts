import { charts, type Draw } from '../../report/chart.ts';
import { html, type Html } from '../../report/html.ts';
import { page, type Tone } from '../../report/page.ts';
import type { Evaluation } from '../evaluation.ts';
import type { GateResult } from '../gates.ts';
import { card, swatch } from './card.ts';
import { classChart } from './charts/classes.ts';
import { confusionChart } from './charts/confusion.ts';
import { prChart, reliabilityChart, rocChart } from './charts/curves.ts';
import { gateChart } from './charts/gate.ts';
import { diffText } from './diff.ts';
import { count, metricTitle, percent, percentOf, shortDigest, signed } from './format.ts';
import { latencyCard } from './latency-card.ts';
import { sliceChart } from './charts/slices.ts';
import { sliceCells, sliceMetric, sliceRows } from './slice-rows.ts';
import { furtherRows, metricRows } from './metric-rows.ts';
import { finding, flipsSentence, headline, outcomeWord, requirement } from './sentences.ts';

const TONES = { accepted: 'good', rejected: 'bad', undecided: 'warn' } as const;

/** The whole report as one HTML file. */
export async function htmlReport(
  evaluation: Evaluation,
  context: { readonly baselineReason: string },
): Promise<string> {
  const draw = await charts();
  const title = headline(evaluation);
  const body = html`
    ${banner(evaluation, context.baselineReason)} ${tiles(evaluation)}
    ${gatesCard(draw, evaluation)} ${diffCard(evaluation)} ${flipsCard(evaluation)}
    ${slicesCard(draw, evaluation)} ${classesCard(draw, evaluation)}
    ${card('Confusion matrix of the candidate', confusionChart(draw, evaluation))}
    ${curvesCard(draw, evaluation)} ${latencyCard(draw, evaluation)} ${furtherCard(evaluation)}
    ${aboutCard(evaluation)}
  `;
  return page(title, body);
}

function banner(evaluation: Evaluation, baselineReason: string): Html {
  const { verdict, candidate, baseline, data } = evaluation;
  const [label = '', ...rest] = headline(evaluation).split(': ');
  const reason = rest.join(': ');
  return html`<section class="card banner ${TONES[verdict]}">
    <div class="label">${label}</div>
    <h1>${reason.charAt(0).toUpperCase() + reason.slice(1)}</h1>
    <p class="muted">
      Candidate <code>${candidate.name}</code> (<code>${shortDigest(candidate.digest)}</code>)
      ${
        baseline
          ? html`against
              <code>${baseline.name}</code> (<code>${shortDigest(baseline.digest)}</code>)`
          : evaluation.diff
            ? 'not compared, since the interfaces differ'
            : 'without a baseline'
      },
      on ${count(data.examples)} examples of <code>${data.file}</code>. ${baselineReason}
    </p>
  </section>`;
}

function tiles(evaluation: Evaluation): Html {
  return html`<div class="tiles">
    ${metricRows(evaluation).map(
      ({ title, candidate, baseline, change, tone }) =>
        html`<div class="tile">
          <div class="muted">${title.charAt(0).toUpperCase() + title.slice(1)}</div>
          <div class="value">${candidate}</div>
          <div class="change">
            ${
              baseline === undefined
                ? 'no baseline'
                : html`<span class="${tone}">${change}</span> <b>from ${baseline}</b>`
            }
          </div>
        </div>`,
    )}
  </div>`;
}

function gatesCard(draw: Draw, { gates, confidence }: Evaluation): Html {
  if (gates.length === 0) {
    return html`<section class="card">
      <h2>Gates</h2>
      <p>The policy has no gates, so nothing was judged.</p>
    </section>`;
  }
  return html`<section class="card">
    <h2>Gates</h2>
    ${gates.map(
      (gate) =>
        html`<div class="gate">
          <div class="gate-head">
            <span class="badge ${gateTone(gate)}">${outcomeWord(gate)}</span>
            <strong>${requirement(gate)}</strong><span class="muted">${finding(gate)}</span>
          </div>
          ${gateChart(draw, gate)}
        </div>`,
    )}
    <p class="legend">
      The bar is the range that the data allow; each end holds at ${percentOf(confidence)} (Tango's
      interval for accuracy, a paired bootstrap otherwise). A gate fails where the whole bar lies in
      the red; where it crosses the limit, the data do not tell.
    </p>
  </section>`;
}

function gateTone({ passed, outcome }: GateResult): Tone {
  if (outcome === 'not-enough-data' || passed === undefined) return 'warn';
  return passed ? 'good' : 'bad';
}

function furtherCard(evaluation: Evaluation): Html | undefined {
  const rows = furtherRows(evaluation);
  if (rows.length === 0) return undefined;
  return card(
    'Further metrics',
    html`<table>
      <tr>
        <th>Metric</th>
        <th class="right">Candidate</th>
        <th class="right">Baseline</th>
        <th class="right">Change</th>
      </tr>
      ${rows.map(
        ({ title, candidate, baseline = '–', change = '–', tone }) =>
          html`<tr>
            <td>${title}</td>
            <td class="right">${candidate}</td>
            <td class="right">${baseline}</td>
            <td class="right ${tone}">${change}</td>
          </tr>`,
      )}
    </table>`,
  );
}

function diffCard({ diff }: Evaluation): Html | undefined {
  if (!diff) return undefined;
  const { summary, changes, weights } = diffText(diff);
  return card(
    'What changed in the model',
    html`<p>${summary}.</p>
      ${
        changes.length > 0
          ? html`<ul>
              ${changes.map((what) => html`<li>${what}</li>`)}
            </ul>`
          : undefined
      }
      ${
        weights.length > 0
          ? html`<details>
              <summary>Weights that changed</summary>
              <table>
                <tr>
                  <th>Name</th>
                  <th>Shape</th>
                  <th>Change</th>
                </tr>
                ${weights.map(
                  ([name, shape, what]) =>
                    html`<tr>
                      <td><code>${name}</code></td>
                      <td>${shape}</td>
                      <td>${what}</td>
                    </tr>`,
                )}
              </table>
            </details>`
          : undefined
      }`,
  );
}

function flipsCard({ flips, pairs }: Evaluation): Html | undefined {
  if (!flips || !pairs) return undefined;
  const rows = flips.examples.map(
    (flip) =>
      html`<tr>
        <td class="right">${flip.example}</td>
        <td>${flip.label}</td>
        <td>${flip.baseline}</td>
        <td>${flip.candidate}</td>
        <td class="right">${flip.confidence === undefined ? '–' : percent(flip.confidence)}</td>
      </tr>`,
  );
  return card(
    'Examples that flipped',
    html`<p>
        ${flipsSentence(pairs)}.
        ${flips.broken > rows.length ? `The ${rows.length} that the candidate is surest of:` : ''}
      </p>
      ${
        rows.length > 0
          ? html`<details>
              <summary>${rows.length} that broke</summary>
              <table>
                <tr>
                  <th class="right">Example</th>
                  <th>Label</th>
                  <th>Baseline</th>
                  <th>Candidate</th>
                  <th class="right">Its confidence</th>
                </tr>
                ${rows}
              </table>
            </details>`
          : undefined
      }`,
  );
}

function slicesCard(draw: Draw, evaluation: Evaluation): Html | undefined {
  const metric = sliceMetric(evaluation);
  if (evaluation.slices.length === 0 || metric === undefined) return undefined;
  return card(
    `Slices: ${metricTitle(metric)}`,
    html`${sliceChart(draw, evaluation)}
      <table>
        <tr>
          <th>Slice</th>
          <th class="right">Examples</th>
          <th class="right">Candidate</th>
          <th class="right">Baseline</th>
          <th class="right">Change</th>
        </tr>
        ${sliceRows(evaluation).map(
          ({ name, examples, quality }) =>
            html`<tr>
              <td>${name}</td>
              <td class="right">${count(examples)}</td>
              ${sliceCells(quality, metric).map((cell) => html`<td class="right">${cell}</td>`)}
            </tr>`,
        )}
      </table>`,
  );
}

function classesCard(draw: Draw, evaluation: Evaluation): Html | undefined {
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

function curvesCard(draw: Draw, evaluation: Evaluation): Html | undefined {
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

function aboutCard({ machine, candidate, baseline, confidence }: Evaluation): Html {
  const digests = [candidate, baseline].filter((contender) => contender !== undefined);
  return html`<section class="card">
    <h2>How it was measured</h2>
    <p>
      ${machine.processor} (${machine.platform}), ${machine.threads} threads, ONNX Runtime on the
      CPU. The output was read as ${candidate.details.readAs}. Ranges hold at
      ${percentOf(confidence)} on each side: Tango's score interval for accuracy, a paired
      percentile bootstrap for other metrics, and one over blocks of rounds for latency.
    </p>
    ${digests.map(({ name, digest }) => html`<p class="muted">${name}: <code>${digest}</code></p>`)}
  </section>`;
}
