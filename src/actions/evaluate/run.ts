import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { EngineOptions } from '../../evaluation/by-engine.ts';
import { evaluateModels } from '../../evaluation/evaluate.ts';
import type { Evaluation } from '../../evaluation/evaluation.ts';
import { markdownReport, type Context } from '../../evaluation/report/markdown.ts';
import { chooseRuntime } from '../../inference/runtime.ts';
import { parseRequest, planOf } from '../../inference/task-parser.ts';
import type { InferencePolicy } from '../../project/inference-policy.ts';
import { readPolicy } from '../../project/policy.ts';
import { code } from '../../report/markdown.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import { storeOf } from '../store.ts';
import { chooseBaseline } from './baseline.ts';
import { locate } from './candidate.ts';
import { commandRunner } from './command-runner.ts';
import type { inputs as specs } from './inputs.ts';
import { recordBaseline } from './recorded-baseline.ts';
import {
  commentReport,
  publishCheck,
  uploadReports,
  writeMetrics,
  writeReports,
  type WrittenReports,
} from './reports.ts';

export interface EvaluateResult {
  readonly evaluation: Evaluation;
  readonly context: Context;
  readonly written: WrittenReports;
}

type Inputs = InputValues<typeof specs>;

export async function run(inputs: Inputs, ports: Ports): Promise<EvaluateResult> {
  const temporary = await mkdtemp(path.join(ports.temporary, 'model-ci-evaluate-'));
  try {
    return await evaluate(inputs, { ...ports, temporary });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function evaluate(inputs: Inputs, ports: Ports): Promise<EvaluateResult> {
  const { workspace, log } = ports;
  const policy = await readPolicy(workspace);
  const request = inputs.request === undefined ? {} : parseRequest(inputs.request);
  const {
    model,
    evaluation: rules,
    baseline: wanted,
  } = planOf({ model: inputs.model, baseline: inputs.baseline, ...request }, policy);
  const candidate = await locate(workspace, model, model.name);
  const { located: baseline, reason } = await chooseBaseline({
    model,
    policy,
    wanted,
    ...storeOf(inputs),
    digest: candidate.snapshot.digest,
    ports,
  });
  log.info(reason);
  const evaluation = await evaluateModels({
    workspace,
    policy: rules,
    candidate: candidate.subject,
    baseline: baseline?.subject,
    engine: () => engineOptions(inputs, rules.inference, ports),
    command: { runCommand: commandRunner(ports), temporary: ports.temporary },
    log,
  });
  const context = {
    baselineReason: reason,
    reportPlace: ports.event.name === 'local' ? '' : `artifact ${code(inputs['artifact-name'])}`,
  };
  if (inputs.metrics !== undefined) await writeMetrics(evaluation, inputs.metrics, workspace);
  const { snapshot } = candidate;
  const folder = inputs['report-dir'];
  const written = await writeReports(
    evaluation,
    { ...context, folder, model: model.name, snapshot },
    ports,
  );
  await uploadReports(written, inputs['artifact-name'], ports);
  const markdown = markdownReport(evaluation, context);
  if (inputs.comment) await commentReport(markdown, model.name, ports);
  if (inputs.check) await publishCheck(evaluation, context, model.name, ports);
  if (
    evaluation.verdict === 'accepted' &&
    ports.event.name === 'push' &&
    ports.event.onDefaultBranch
  ) {
    await recordBaseline(model, candidate, ports);
  }
  return { evaluation, context, written };
}

async function engineOptions(
  { runtime }: Inputs,
  { provider }: InferencePolicy,
  { workspace, toolCache, log }: Ports,
): Promise<EngineOptions> {
  const local = runtime === undefined ? undefined : path.resolve(workspace, runtime);
  return {
    runtime: await chooseRuntime({ toolCache, local, log }, provider),
    feedback: path.join(toolCache, 'inference-settings.json'),
  };
}
