import { html, type Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { count, shortDigest } from '../format.ts';
import { metricRows } from '../metric-rows.ts';
import { headline } from '../sentences.ts';

const TONES = { accepted: 'good', rejected: 'bad', undecided: 'warn' } as const;

export function banner(evaluation: Evaluation, baselineReason: string): Html {
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
      ${candidate.inference.by === 'none' ? 'and not asked any of the' : 'on'}
      ${count(data.examples)} examples of <code>${data.file}</code>. ${baselineReason}
    </p>
  </section>`;
}

export function tiles(evaluation: Evaluation): Html {
  const absent = evaluation.diff ? 'not compared' : 'no baseline';
  return html`<div class="tiles">
    ${metricRows(evaluation).map(
      ({ title, candidate, baseline, change, chance, tone }) =>
        html`<div class="tile">
          <div class="muted">${title.charAt(0).toUpperCase() + title.slice(1)}</div>
          <div class="value">${candidate}</div>
          <div class="change">
            ${
              baseline === undefined
                ? absent
                : html`<span class="${tone}">${change}</span> <b>from ${baseline}</b>`
            }
            ${chance === undefined ? undefined : html`<b>(${chance} by chance)</b>`}
          </div>
        </div>`,
    )}
  </div>`;
}
