import type { Stage } from '../project/pipeline-file.ts';
import type { Log } from '../runner/ports.ts';
import { execute } from './executor.ts';
import { folderOf } from './fingerprint.ts';

export interface StageRun {
  readonly workspace: string;
  readonly stage: Stage;
  /** The devices that are reserved for it. */
  readonly gpus: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly cancelled: AbortSignal;
}

/**
 * Runs the commands of a stage; what went wrong, or undefined where nothing did.
 * @throws the reason of `cancelled`.
 */
export async function runStage(run: StageRun): Promise<string | undefined> {
  const { workspace, stage, gpus, log, cancelled } = run;
  const folder = folderOf(workspace, stage);
  const environment = {
    ...run.environment,
    // As DVC does: DVCLive and users' scripts ask for these.
    DVC_ROOT: workspace,
    DVC_STAGE: stage.name,
    ...(gpus.length > 0 && { CUDA_VISIBLE_DEVICES: gpus.join(',') }),
  };
  for (const command of stage.commands) {
    log.info(`$ ${command}`);
    const outcome = await execute({ command, folder, environment, log, cancelled });
    if (outcome.ended === 'badly') {
      log.error(`stage '${stage.name}' failed: ${outcome.how}`, stage.place);
      return `${outcome.how} from: ${command}`;
    }
  }
  return undefined;
}
