import { jsonReport } from '../../evaluation/report/json.ts';
import { markdownReport } from '../../evaluation/report/markdown.ts';
import { headline } from '../../evaluation/report/sentences.ts';
import { textReport } from '../../evaluation/report/text.ts';
import type { Report } from '../../runner/use-case.ts';
import { annotations } from './annotations.ts';
import type { EvaluateResult } from './run.ts';

export const outputs = {
  verdict: 'accepted, rejected or undecided.',
  accuracy: "The candidate's accuracy, from 0 to 1.",
  report: 'The path of the HTML report.',
  evidence: 'The path of evaluation.json, for register-snapshot.',
  baseline: 'What the candidate was compared with; empty where there was nothing.',
} as const;

export function report({
  evaluation,
  context,
  written,
}: EvaluateResult): Report<keyof typeof outputs> {
  const { verdict, qualities, baseline } = evaluation;
  const accuracy = qualities.find(({ metric }) => metric === 'accuracy');
  return {
    passed: verdict === 'accepted',
    headline: headline(evaluation),
    outputs: {
      verdict,
      accuracy: accuracy === undefined ? '' : String(accuracy.candidate),
      report: written.html,
      evidence: written.evidence,
      baseline: baseline?.name ?? '',
    },
    annotations: annotations(evaluation),
    summary: markdownReport(evaluation, context),
    text: `${textReport(evaluation, context)}\n\n  ${written.html}`,
    json: jsonReport(evaluation, context),
  };
}
