import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cancellable } from '../../pipeline/cancellation.ts';
import { stageEnvironment } from '../../pipeline/environment.ts';
import { exclusively } from '../../pipeline/exclusive.ts';
import { CACHE_FOLDER } from '../../pipeline/outputs.ts';
import { graphOf, type Graph } from '../../pipeline/graph.ts';
import { runPipeline, type StageResult } from '../../pipeline/run-pipeline.ts';
import { readPipeline } from '../../project/pipeline-file.ts';
import { writeEvidence } from '../../registry/evidence.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';
import { restorePipelineCache, savePipelineCache } from './pipeline-cache.ts';
import { trainingRecord, type TrainingRecord } from './record.ts';

export interface TrainResult {
  readonly graph: Graph;
  readonly stages: readonly StageResult[];
  /** Undefined for a dry run, which changes nothing. */
  readonly record: TrainingRecord | undefined;
  /** Path of the evidence, relative to the workspace. */
  readonly evidence: string | undefined;
}

type Inputs = InputValues<typeof specs>;

export async function run(inputs: Inputs, ports: Ports): Promise<TrainResult> {
  const { workspace } = ports;
  const graph = graphOf(await readPipeline(workspace));
  const temporary = await mkdtemp(path.join(ports.temporary, 'model-ci-train-'));
  try {
    if (inputs.dry) {
      const stages = await runStages(graph, inputs, ports, temporary);
      return { graph, stages, record: undefined, evidence: undefined };
    }
    return await exclusively(workspace, () => train(graph, inputs, ports, temporary));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function train(
  graph: Graph,
  inputs: Inputs,
  ports: Ports,
  temporary: string,
): Promise<TrainResult> {
  const { workspace } = ports;
  const started = new Date();
  if (inputs.cache) await restorePipelineCache(ports);
  const stages = await runStages(graph, inputs, ports, temporary);
  if (inputs.cache && stages.some(({ state }) => state === 'ran')) await savePipelineCache(ports);
  const record = await trainingRecord(stages, started, ports);
  const evidence = await writeEvidence(workspace, inputs['report-dir'], {
    evidence: 'training',
    version: 1,
    models: record.models,
    passed: stages.every(({ state }) => state !== 'failed' && state !== 'blocked'),
    report: record,
  });
  return { graph, stages, record, evidence };
}

async function runStages(
  graph: Graph,
  inputs: Inputs,
  { workspace, log }: Ports,
  temporary: string,
): Promise<readonly StageResult[]> {
  const environment = await stageEnvironment(process.env, temporary, commandLineScript());
  const { targets, force, single, dry, jobs, 'keep-going': keepGoing } = inputs;
  const what = { targets, force, single, dry, jobs: jobs || availableParallelism(), keepGoing };
  return cancellable((cancelled) =>
    runPipeline(graph, {
      ...what,
      ...{ workspace, environment, log, cancelled },
      grace: inputs.grace * 1000,
      checkpoints: path.resolve(workspace, inputs.checkpoints ?? `${CACHE_FOLDER}/checkpoints`),
    }),
  );
}

/** The script of the `model-ci` command: beside this bundle, or where the compiler put it. */
function commandLineScript(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const bundled = path.join(here, '..', 'cli', 'index.js');
  return existsSync(bundled) ? bundled : path.join(here, '..', '..', 'cli', 'index.js');
}
