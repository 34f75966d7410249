import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { Evaluation } from '../../evaluation/evaluation.ts';
import { htmlReport } from '../../evaluation/report/html.ts';
import { jsonReport, stageMetrics } from '../../evaluation/report/json.ts';
import { markdownBody, markdownReport, type Context } from '../../evaluation/report/markdown.ts';
import { headline } from '../../evaluation/report/sentences.ts';
import { writeEvidence } from '../../registry/evidence.ts';
import type { Snapshot } from '../../registry/manifest.ts';
import { plain } from '../../report/text.ts';
import type { Check, Ports } from '../../runner/ports.ts';
import { annotations } from './annotations.ts';

/** Paths relative to the workspace. */
export interface WrittenReports {
  readonly evidence: string;
  readonly html: string;
  readonly markdown: string;
}

/** Writes evaluation.json, .html and .md. */
export async function writeReports(
  evaluation: Evaluation,
  context: Context & {
    readonly folder: string;
    readonly model: string;
    readonly snapshot: Snapshot;
  },
  { workspace }: Ports,
): Promise<WrittenReports> {
  const evidence = await writeEvidence(workspace, context.folder, {
    evidence: 'evaluation',
    version: 1,
    models: [{ name: context.model, digest: context.snapshot.digest }],
    passed: evaluation.verdict === 'accepted',
    report: jsonReport(evaluation, context),
  });
  const beside = (name: string) => path.posix.join(path.posix.dirname(evidence), name);
  const written = {
    evidence,
    html: beside('evaluation.html'),
    markdown: beside('evaluation.md'),
  };
  await writeFile(path.join(workspace, written.html), await htmlReport(evaluation, context));
  await writeFile(path.join(workspace, written.markdown), markdownReport(evaluation, context));
  return written;
}

/** Writes the metrics that a stage of dvc.yaml declares. */
export async function writeMetrics(
  evaluation: Evaluation,
  file: string,
  workspace: string,
): Promise<void> {
  const absolute = path.resolve(workspace, file);
  const text = `${JSON.stringify(stageMetrics(evaluation), null, 2)}\n`;
  try {
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, text);
  } catch (cause) {
    throw new UserError(`the metrics cannot be written to ${file}: ${messageOf(cause)}`, {
      hint: "Set input 'metrics' to a file in a folder that can be written to.",
      cause,
    });
  }
}

/** Keeps the reports with the run. The verdict stands without them, so a failure is a warning. */
export async function uploadReports(
  { evidence, html, markdown }: WrittenReports,
  name: string,
  { artifacts, log, workspace }: Ports,
): Promise<void> {
  const files = [evidence, html, markdown].map((file) => path.join(workspace, file));
  try {
    const place = await artifacts.upload(name, files, path.dirname(files[0] ?? workspace));
    log.info(`The reports are in ${place}`);
  } catch (thrown) {
    log.warning(`The reports are in ${html} only: ${messageOf(thrown)}`);
  }
}

/** Comments on the pull request, if there is one and the token may. */
export async function commentReport(
  markdown: string,
  model: string,
  { pullRequest, log }: Ports,
): Promise<void> {
  if (!pullRequest) return;
  try {
    const outcome = await pullRequest.comment(`model-ci-evaluation-${model}`, markdown);
    if (outcome !== 'forbidden') {
      log.info(`The comment on pull request ${pullRequest.number} was ${outcome}`);
      return;
    }
    log.notice(
      'The token may not comment on the pull request (permission pull-requests: write, which a fork never has); the step summary and the artifact have the report.',
    );
  } catch (thrown) {
    log.warning(`The pull request was not commented on: ${messageOf(thrown)}`);
  }
}

/** An undecided evaluation settles nothing; `neutral` would let a required check pass. */
const CONCLUSIONS = {
  accepted: 'success',
  rejected: 'failure',
  undecided: 'action_required',
} as const;

/** Publishes the verdict as a check run of the commit, if the token may. */
export async function publishCheck(
  evaluation: Evaluation,
  context: Context,
  model: string,
  { checks, log }: Ports,
): Promise<void> {
  if (!checks) return;
  const check: Check = {
    name: `model-ci evaluate (${model})`,
    conclusion: CONCLUSIONS[evaluation.verdict],
    title: plain(headline(evaluation)),
    summary: markdownBody(evaluation, context),
    annotations: annotations(evaluation),
  };
  try {
    if ((await checks.publish(check)) === 'created') log.info(`Published the check ${check.name}`);
    else {
      log.notice(
        'The token may not publish a check run: give the job the permission checks: write (a fork never has it; see docs/evaluation.md).',
      );
    }
  } catch (thrown) {
    log.warning(`The check run was not published: ${messageOf(thrown)}`);
  }
}
