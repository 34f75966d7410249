import { findGpus } from './devices.ts';
import { Checkout } from './checkout.ts';
import { Contents } from './content.ts';
import { isChain, select, type Graph } from './graph.ts';
import { Journal } from './journal.ts';
import { Outputs } from './outputs.ts';
import { PinnedWeights } from './weights.ts';
import { PipelineRun } from './pipeline-run.ts';
import { RunningLock } from './running-lock.ts';
import { Slots } from './slots.ts';
import { Sources } from './sources.ts';
import { StageWork, type StageWorkOptions } from './stage-work.ts';
import { schedule } from './scheduler.ts';
import type { StageResult } from './stage-result.ts';
import { readLock } from '../project/lock-file.ts';
import type { Stage } from '../project/pipeline-file.ts';

export interface PipelineOptions extends Omit<StageWorkOptions, 'parallel'> {
  readonly targets: readonly string[];
  /** Only the targets, without what they depend on. */
  readonly single: boolean;
  /** How many CPU slots there are. */
  readonly jobs: number;
  /** Whether a failure stops only what depends on it. */
  readonly keepGoing: boolean;
}

/**
 * Runs the stages that must run, each when those before it are done and there is room. The lock is
 * written after each of them, so what a killed run had finished stays finished.
 */
export async function runPipeline(
  graph: Graph,
  options: PipelineOptions,
): Promise<readonly StageResult[]> {
  const { dry, cancelled, environment, log, jobs } = options;
  const stages = select(graph, options.targets, options);
  const contents = await Contents.open(options.workspace);
  const needsGpus = stages.some((stage) => stage.options.gpus > 0) && !dry;
  const slots = new Slots(jobs, needsGpus ? await findGpus(environment, log) : []);
  const work = await workOn(graph, stages, options, contents);
  const run = new PipelineRun(graph, stages, { ...options, work, slots });
  const close = () => {
    slots.close();
  };
  cancelled.addEventListener('abort', close);
  try {
    const before = (stage: Stage) => graph.upstream.get(stage) ?? [];
    return await schedule(stages, before, (stage) => run.stage(stage));
  } finally {
    cancelled.removeEventListener('abort', close);
    if (!dry) await contents.save();
  }
}

async function workOn(
  graph: Graph,
  stages: readonly Stage[],
  options: PipelineOptions,
  contents: Contents,
): Promise<StageWork> {
  const { workspace, cache, dry, jobs, log } = options;
  const checkout = new Checkout(contents, cache);
  const sources = new Sources({ ...options, contents, checkout });
  const lock = await readLock(workspace);
  const journal = new Journal(workspace);
  if (!dry) await journal.recover(log);
  await sources.prepare(stages, options);
  const order = graph.order.map(({ name }) => name);
  return new StageWork(
    { ...options, parallel: jobs > 1 && !isChain(graph, stages) },
    {
      contents,
      sources,
      journal,
      lock: new RunningLock(workspace, lock, order),
      outputs: new Outputs({ ...options, contents, checkout }),
      weights: await PinnedWeights.open({ ...options, checkout }),
    },
  );
}
