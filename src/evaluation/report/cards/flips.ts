import { html, type Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { percent } from '../format.ts';
import { flipsSentence } from '../sentences.ts';
import { card } from './card.ts';

export function flipsCard({ flips, pairs }: Evaluation): Html | undefined {
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
