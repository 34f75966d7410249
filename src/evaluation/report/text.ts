import pc from 'picocolors';
import { columns, plain } from '../../report/text.ts';
import type { Evaluation } from '../evaluation.ts';
import type { GateResult } from '../gates.ts';
import { metricRows } from './metric-rows.ts';
import { finding, headline, outcomeWord, requirement } from './sentences.ts';

/** The report for a terminal. */
export function textReport(
  evaluation: Evaluation,
  context: { readonly baselineReason: string },
): string {
  const { verdict, gates } = evaluation;
  const paint = { accepted: pc.green, rejected: pc.red, undecided: pc.yellow }[verdict];
  const gateRows = gates.map((gate) => [
    `  ${mark(gate)}`,
    plain(requirement(gate)),
    plain(outcomeWord(gate)),
    pc.dim(plain(finding(gate))),
  ]);
  const metrics = metricRows(evaluation).map(({ title, candidate, baseline, change }) => [
    `    ${title}`,
    candidate,
    baseline === undefined ? '' : pc.dim(`from ${baseline}`),
    baseline === undefined ? '' : (change ?? ''),
  ]);
  return [
    paint(pc.bold(plain(headline(evaluation)))),
    pc.dim(`  ${plain(context.baselineReason)}`),
    '',
    ...(gates.length > 0 ? [columns(gateRows), ''] : []),
    columns(metrics, [1, 3]),
  ].join('\n');
}

function mark({ passed, outcome }: GateResult): string {
  if (passed === undefined) return pc.dim('–');
  if (outcome === 'not-enough-data') return pc.yellow('!');
  return passed ? pc.green('✓') : pc.red('✗');
}
