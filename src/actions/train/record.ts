import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { StageResult, State } from '../../pipeline/stage-result.ts';
import { declaredModels, modelFiles } from '../../project/models.ts';
import type { LockedStage } from '../../project/lock-file.ts';
import { readPolicy } from '../../project/policy.ts';
import { plainValue } from '../../project/value.ts';
import { inWorkspace } from '../../project/pipeline-file.ts';
import { snapshotOf } from '../../registry/manifest.ts';
import type { Gpu } from './gpu-watch.ts';
import type { Packages } from './packages.ts';
import type { Ports } from '../../runner/ports.ts';
import type { Digest } from '../../store/digest.ts';

/** What was run, on what, with what: enough to run it again. */
export interface TrainingRecord {
  readonly commit: string;
  /** Files that differed from it when the run began; undefined where there is no Git. */
  readonly changed: readonly string[] | undefined;
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
  readonly stages: readonly {
    readonly name: string;
    readonly state: State;
    readonly reasons: readonly string[];
    readonly seconds: number;
    readonly locked: object | undefined;
  }[];
  /** Contents of the metrics files in JSON, by path. */
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
  };
  readonly gpus: readonly Gpu[];
  readonly packages: Packages;
  readonly models: readonly { readonly name: string; readonly digest: Digest }[];
}

/** What was found before the first stage ran. */
export interface Beginning {
  readonly started: Date;
  readonly changed: readonly string[] | undefined;
  readonly gpus: readonly Gpu[];
  readonly packages: Promise<Packages>;
}

export async function trainingRecord(
  stages: readonly StageResult[],
  { started, changed, gpus, packages }: Beginning,
  { workspace, event }: Ports,
): Promise<TrainingRecord> {
  return {
    commit: event.commit,
    changed,
    started: started.toISOString(),
    finished: new Date().toISOString(),
    stages: stages.map(({ stage, state, reasons, milliseconds, locked }) => ({
      name: stage.name,
      state,
      reasons,
      seconds: milliseconds / 1000,
      locked: locked && plainStage(locked),
    })),
    metrics: await metricsOf(stages, workspace),
    machine: {
      node: process.version,
      platform: `${platform()}-${arch()}`,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
    gpus,
    packages: await packages,
    models: await modelDigests(workspace),
  };
}

function plainStage(locked: LockedStage): object {
  return { ...locked, params: plainValue(locked.params) };
}

/** Metrics are for people and for later comparison: a file that is no JSON is left to its owner. */
async function metricsOf(
  stages: readonly StageResult[],
  workspace: string,
): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { stage } of stages) {
    for (const out of stage.outs) {
      if (out.kind !== 'metric' || !out.path.endsWith('.json')) continue;
      const file = inWorkspace(stage, out.path);
      try {
        found[file] = JSON.parse(await readFile(path.join(workspace, file), 'utf8'));
      } catch {
        continue;
      }
    }
  }
  return found;
}

async function modelDigests(workspace: string): Promise<TrainingRecord['models']> {
  const digests: { name: string; digest: Digest }[] = [];
  for (const model of declaredModels(await readPolicy(workspace))) {
    try {
      const { digest } = await snapshotOf(await modelFiles(workspace, model));
      digests.push({ name: model.name, digest });
    } catch (thrown) {
      // A model that no stage has made yet has no digest to bind to.
      if (!(thrown instanceof UserError)) throw thrown;
    }
  }
  return digests;
}
