import { html, type Html } from '../../../report/html.ts';
import type { CardDiff } from '../../card-diff.ts';
import type { Evaluation } from '../../evaluation.ts';
import { diffText } from '../diff.ts';
import { count } from '../format.ts';
import { card } from './card.ts';

/** What changed in the model and its card, all of it. */
export function diffCard(evaluation: Evaluation): Html | undefined {
  const text = diffText(evaluation);
  if (!text) return undefined;
  const { summary, changes, weights, metadata } = text;
  const items = changes.map((what) => html`<li>${what}</li>`);
  return card(
    'What changed in the model',
    html`<p>${summary.charAt(0).toUpperCase() + summary.slice(1)}.</p>
      ${
        items.length > 0
          ? html`<ul>
              ${items}
            </ul>`
          : undefined
      }
      ${rowsTable('Metadata', ['Name', 'Before', 'After'], metadata)}
      ${evaluation.card && cardText(evaluation.card)}
      ${rowsTable('Weights that changed', ['Name', 'Shape', 'Change', 'Zeros'], weights)}`,
  );
}

function rowsTable(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): Html | undefined {
  if (rows.length === 0) return undefined;
  const body = rows.map(
    ([name = '', ...cells]) =>
      html`<tr>
        <td><code>${name}</code></td>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<details>
    <summary>${title}: ${count(rows.length)}</summary>
    <table>
      <tr>
        ${heads.map((head) => html`<th>${head}</th>`)}
      </tr>
      ${body}
    </table>
  </details>`;
}

function cardText({ removed, added }: CardDiff): Html | undefined {
  if (removed.count + added.count === 0) return undefined;
  const lines = [
    ...removed.lines.map((line) => `− ${line}`),
    ...added.lines.map((line) => `+ ${line}`),
  ];
  const left = removed.count + added.count - lines.length;
  return html`<details>
    <summary>Text of the card</summary>
    <pre>${lines.join('\n')}</pre>
    ${left > 0 ? html`<p class="muted">${count(left)} more lines changed.</p>` : undefined}
  </details>`;
}
