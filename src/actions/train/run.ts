import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { cancellable } from '../../pipeline/cancellation.ts';
import { stageEnvironment } from '../../pipeline/environment.ts';
import { exclusively } from '../../pipeline/exclusive.ts';
import { graphOf, type Graph } from '../../pipeline/graph.ts';
import type { Brought, PipelineCache } from '../../pipeline/pipeline-cache.ts';
import { runPipeline } from '../../pipeline/run-pipeline.ts';
import type { StageResult } from '../../pipeline/stage-result.ts';
import { keepsOutputs } from '../../pipeline/run-cache.ts';
import { readPipeline, type Stage } from '../../project/pipeline-file.ts';
import { writeEvidence } from '../../registry/evidence.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';
import { using } from '../../store/system-error.ts';
import { plainCache, withCache } from './caches.ts';
import { changedSinceCommit } from './git-state.ts';
import { gpusOf, watchGpus, type GpuSample } from './gpu-watch.ts';
import { packagesOf, type Packages } from './packages.ts';
import { trainPage, type TrainPage } from './page.ts';
import { seriesOf } from '../../pipeline/series.ts';
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
  /** What the GPUs did meanwhile; empty where there are none. */
  readonly samples: readonly GpuSample[];
  /** Path of the report as a page, relative to the workspace. */
  readonly html: string | undefined;
}

type Inputs = InputValues<typeof specs>;

/** Beside DVC's cache, which keeps itself out of Git. */
const CHECKPOINTS_FOLDER = '.dvc/cache/checkpoints';

export function run(inputs: Inputs, ports: Ports): Promise<TrainResult> {
  return using(ports.workspace, () => runIn(inputs, ports));
}

async function runIn(inputs: Inputs, ports: Ports): Promise<TrainResult> {
  const { workspace } = ports;
  const graph = graphOf(await readPipeline(workspace));
  const temporary = await mkdtemp(path.join(ports.temporary, 'model-ci-train-'));
  try {
    if (inputs.dry) {
      const cache = await plainCache(ports);
      const stages = await runStages(graph, inputs, ports, temporary, cache);
      return {
        graph,
        stages,
        record: undefined,
        evidence: undefined,
        brought: [],
        samples: [],
        html: undefined,
      };
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
  const gpus = await gpusOf(process.env);
  const started = new Date();
  const changed = await changedSinceCommit(workspace);
  let packages: Promise<Packages> | undefined;
  // Python takes a second to answer: it does while the first stages run.
  const running = () => {
    packages ??= packagesOf(workspace, { ask: true });
  };
  const watch = gpus.length > 0 ? watchGpus(process.env) : undefined;
  const { result: stages, brought } = await withCache(inputs, ports, (cache) =>
    runStages(graph, inputs, ports, temporary, cache, running),
  ).finally(() => watch?.stop());
  const samples = watch?.stop() ?? [];
  packages ??= packagesOf(workspace, { ask: false });
  const record = await trainingRecord(stages, { started, changed, gpus, packages }, ports);
  const evidence = await writeEvidence(workspace, inputs['report-dir'], {
    evidence: 'training',
    version: 1,
    models: record.models,
    passed: stages.every(({ state }) => state !== 'failed' && state !== 'blocked'),
    report: record,
  });
  const html = await writePage(inputs, ports, { stages, samples, brought });
  return { graph, stages, record, evidence, brought, samples, html };
}

/** Where nothing ran there is nothing to show, and the page of the last run stays. */
async function writePage(
  inputs: Inputs,
  { workspace }: Ports,
  shown: Pick<TrainPage, 'stages' | 'samples' | 'brought'>,
): Promise<string | undefined> {
  const ran = shown.stages.filter(({ state }) => state === 'ran' || state === 'failed');
  if (ran.length === 0) return undefined;
  const series = await seriesOf(
    workspace,
    shown.stages.map(({ stage }) => stage),
  );
  const text = await trainPage({ ...shown, series });
  const file = path.join(inputs['report-dir'], 'train.html');
  await writeFile(path.resolve(workspace, file), text);
  return file;
}

async function runStages(
  graph: Graph,
  inputs: Inputs,
  { workspace, log }: Ports,
  temporary: string,
  cache: PipelineCache,
  running: () => void = () => undefined,
): Promise<readonly StageResult[]> {
  const environment = await stageEnvironment(process.env, temporary);
  const { targets, force, single, dry, jobs, 'keep-going': keepGoing } = inputs;
  const what = { targets, force, single, dry, jobs: jobs || availableParallelism(), keepGoing };
  return cancellable((cancelled) =>
    runPipeline(graph, {
      ...what,
      ...{ workspace, environment, log, cache, cancelled, running },
      ...checkpointsOf(inputs, workspace),
      grace: inputs.grace * 1000,
    }),
  );
}

function checkpointsOf({ checkpoints, store }: Inputs, workspace: string) {
  const given = checkpoints ?? (store && path.join(store, 'checkpoints'));
  return {
    checkpoints: path.resolve(workspace, given ?? CHECKPOINTS_FOLDER),
    outlives: (stage: Stage) => given === undefined || (store !== undefined && keepsOutputs(stage)),
  };
}
