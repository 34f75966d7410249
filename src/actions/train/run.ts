import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cancellable } from '../../pipeline/cancellation.ts';
import { stageEnvironment } from '../../pipeline/environment.ts';
import { exclusively } from '../../pipeline/exclusive.ts';
import { graphOf, type Graph } from '../../pipeline/graph.ts';
import type { Brought, PipelineCache } from '../../pipeline/pipeline-cache.ts';
import { runPipeline, type StageResult } from '../../pipeline/run-pipeline.ts';
import { readPipeline } from '../../project/pipeline-file.ts';
import { writeEvidence } from '../../registry/evidence.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';
import { plainCache, withCache } from './caches.ts';
import { trainingRecord, type TrainingRecord } from './record.ts';

export interface TrainResult {
  readonly graph: Graph;
  readonly stages: readonly StageResult[];
  /** Undefined for a dry run, which changes nothing. */
  readonly record: TrainingRecord | undefined;
  /** Path of the evidence, relative to the workspace. */
  readonly evidence: string | undefined;
  /** What came from caches and had not to be made. */
  readonly brought: readonly Brought[];
}

type Inputs = InputValues<typeof specs>;

/** Beside DVC's cache, which keeps itself out of Git. */
const CHECKPOINTS_FOLDER = '.dvc/cache/checkpoints';

export async function run(inputs: Inputs, ports: Ports): Promise<TrainResult> {
  const { workspace } = ports;
  const graph = graphOf(await readPipeline(workspace));
  const temporary = await mkdtemp(path.join(ports.temporary, 'model-ci-train-'));
  try {
    if (inputs.dry) {
      const cache = await plainCache(ports);
      const stages = await runStages(graph, inputs, ports, temporary, cache);
      return { graph, stages, record: undefined, evidence: undefined, brought: [] };
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
  const { result: stages, brought } = await withCache(inputs, ports, (cache) =>
    runStages(graph, inputs, ports, temporary, cache),
  );
  const record = await trainingRecord(stages, started, ports);
  const evidence = await writeEvidence(workspace, inputs['report-dir'], {
    evidence: 'training',
    version: 1,
    models: record.models,
    passed: stages.every(({ state }) => state !== 'failed' && state !== 'blocked'),
    report: record,
  });
  return { graph, stages, record, evidence, brought };
}

async function runStages(
  graph: Graph,
  inputs: Inputs,
  { workspace, log }: Ports,
  temporary: string,
  cache: PipelineCache,
): Promise<readonly StageResult[]> {
  const environment = await stageEnvironment(process.env, temporary, commandLineScript());
  const { targets, force, single, dry, jobs, 'keep-going': keepGoing } = inputs;
  const what = { targets, force, single, dry, jobs: jobs || availableParallelism(), keepGoing };
  return cancellable((cancelled) =>
    runPipeline(graph, {
      ...what,
      ...{ workspace, environment, log, cache, cancelled },
      grace: inputs.grace * 1000,
      checkpoints: path.resolve(workspace, inputs.checkpoints ?? CHECKPOINTS_FOLDER),
    }),
  );
}

/** The script of the `model-ci` command: beside this bundle, or where the compiler put it. */
function commandLineScript(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const bundled = path.join(here, '..', 'cli', 'index.js');
  return existsSync(bundled) ? bundled : path.join(here, '..', '..', 'cli', 'index.js');
}
