import { availableParallelism } from 'node:os';
import { UserError } from '../errors.ts';
import type { Stage } from '../project/pipeline-file.ts';
import type { Torchrun } from '../project/stage-options.ts';

/** Where the nodes of one stage meet, as `host:port`: the first node listens there. */
export const RENDEZVOUS = 'MODEL_CI_RENDEZVOUS';
/** Tells one meeting at that place from another; the workflow's run and attempt by default. */
export const RENDEZVOUS_ID = 'MODEL_CI_RENDEZVOUS_ID';

/**
 * The command that starts `command` in several processes by PyTorch's launcher, which gives each of
 * them RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. The command itself stays one that
 * runs anywhere: without them it is a single process.
 * @throws UserError where several nodes are asked for and nobody said where they meet.
 */
export function torchrunCommand(
  command: string,
  { processes, nodes }: Torchrun,
  stage: Pick<Stage, 'name' | 'place'>,
  { gpus, environment }: { readonly gpus: number; readonly environment: NodeJS.ProcessEnv },
): { readonly command: string; readonly environment: NodeJS.ProcessEnv } {
  const count = processes ?? Math.max(1, gpus);
  const meeting = nodes === 1 ? ['--standalone'] : meetingOf(nodes, stage, environment);
  const launcher = ['torchrun', `--nproc-per-node=${count}`, ...meeting, '--no-python', 'sh', '-c'];
  // torchrun would set one thread a process, and warn about it.
  const threads = String(Math.max(1, Math.floor(availableParallelism() / count)));
  return {
    command: `${launcher.join(' ')} ${quote(command)}`,
    environment: { ...environment, OMP_NUM_THREADS: environment.OMP_NUM_THREADS ?? threads },
  };
}

function meetingOf(
  nodes: number,
  { name, place }: Pick<Stage, 'name' | 'place'>,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  const endpoint = environment[RENDEZVOUS];
  if (!endpoint) {
    throw new UserError(`stage '${name}' runs on ${nodes} nodes, and ${RENDEZVOUS} is not set`, {
      hint: `Set it to host:port of the first node in the environment of all nodes.`,
      place,
    });
  }
  const { GITHUB_RUN_ID = 'local', GITHUB_RUN_ATTEMPT = '1' } = environment;
  const meeting = environment[RENDEZVOUS_ID] ?? `${GITHUB_RUN_ID}-${GITHUB_RUN_ATTEMPT}`;
  return [
    `--nnodes=${nodes}`,
    '--rdzv-backend=c10d',
    `--rdzv-endpoint=${quote(endpoint)}`,
    `--rdzv-id=${quote(`${meeting}-${name}`)}`,
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
