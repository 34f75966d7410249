import { charts } from '../../report/chart.ts';
import { html } from '../../report/html.ts';
import { page } from '../../report/page.ts';
import type { Evaluation } from '../evaluation.ts';
import { aboutCard } from './cards/about.ts';
import { card } from './cards/card.ts';
import { dataCard } from './cards/data.ts';
import { diffCard } from './cards/diff.ts';
import { flipsCard } from './cards/flips.ts';
import { gatesCard } from './cards/gates.ts';
import { latencyCard } from './cards/latency.ts';
import { classesCard, curvesCard, furtherCard, slicesCard } from './cards/quality.ts';
import { banner, tiles } from './cards/verdict.ts';
import { confusionChart } from './charts/confusion.ts';
import { headline } from './sentences.ts';

/** The whole report as one HTML file. */
export async function htmlReport(
  evaluation: Evaluation,
  context: { readonly baselineReason: string },
): Promise<string> {
  const draw = await charts();
  const title = headline(evaluation);
  const body = html`
    ${banner(evaluation, context.baselineReason)} ${tiles(evaluation)}
    ${gatesCard(draw, evaluation)} ${dataCard(evaluation)} ${diffCard(evaluation)}
    ${flipsCard(evaluation)} ${slicesCard(draw, evaluation)} ${classesCard(draw, evaluation)}
    ${card('Confusion matrix of the candidate', confusionChart(draw, evaluation))}
    ${curvesCard(draw, evaluation)} ${latencyCard(draw, evaluation)} ${furtherCard(evaluation)}
    ${aboutCard(evaluation)}
  `;
  return page(title, body);
}
