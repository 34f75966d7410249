import type { Draw } from '../../../report/chart.ts';
import { html, type Html } from '../../../report/html.ts';
import type { Tone } from '../../../report/page.ts';
import type { Evaluation } from '../../evaluation.ts';
import type { GateResult } from '../../gates.ts';
import { gateChart } from '../charts/gate.ts';
import { percentOf } from '../format.ts';
import { finding, outcomeWord, requirement } from '../sentences.ts';

export function gatesCard(draw: Draw, { gates, confidence }: Evaluation): Html {
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
    ${gates.some(({ interval }) => interval !== undefined) ? legend(confidence) : undefined}
  </section>`;
}

function legend(confidence: number): Html {
  return html`<p class="legend">
    The bar is the range that the data allow; each end holds at ${percentOf(confidence)} (Tango's
    interval for accuracy, a paired bootstrap otherwise). A gate fails where the whole bar lies in
    the red; where it crosses the limit, the data do not tell.
  </p>`;
}

function gateTone({ passed, outcome }: GateResult): Tone {
  if (outcome === 'not-enough-data' || passed === undefined) return 'warn';
  return passed ? 'good' : 'bad';
}
