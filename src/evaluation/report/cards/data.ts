import { html, type Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { card } from './card.ts';

const TONES = { error: 'bad', warning: 'warn', info: '' } as const;

/** What was found wrong with the data. */
export function dataCard({ data }: Evaluation): Html | undefined {
  if (data.findings.length === 0) return undefined;
  return card(
    'Data',
    html`<ul>
      ${data.findings.map(
        ({ check, severity, message }) =>
          html`<li><span class="badge ${TONES[severity]}">${check}</span> ${message}</li>`,
      )}
    </ul>`,
  );
}
