import { html, type Html } from '../../../report/html.ts';
import type { Evaluation } from '../../evaluation.ts';
import { percentOf } from '../format.ts';
import { inferenceSentence } from '../sentences.ts';

export function aboutCard({ machine, candidate, baseline, confidence }: Evaluation): Html {
  const { inference, details } = candidate;
  const reading = inference.by === 'none' ? undefined : `The output was read as ${details.readAs}.`;
  const contenders = [candidate, baseline].filter((contender) => contender !== undefined);
  return html`<section class="card">
    <h2>How it was measured</h2>
    <p>
      ${machine.processor} (${machine.platform}), ${machine.threads} threads. ${reading} Ranges hold
      at ${percentOf(confidence)} on each side: Tango's score interval for accuracy, a paired
      percentile bootstrap for other metrics, and one over blocks of rounds for latency. A chance is
      how often equally good models would differ at least so much: McNemar's exact test for shares
      of right answers, else a paired permutation test.
    </p>
    ${contenders.map(
      ({ name, digest, inference }) => html`
        <p class="muted">${name}: <code>${digest}</code>. ${inferenceSentence(inference)}</p>
      `,
    )}
  </section>`;
}
