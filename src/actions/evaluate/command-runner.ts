import { randomUUID } from 'node:crypto';
import type { RunCommand } from '../../evaluation/by-command.ts';
import { cancellable } from '../../pipeline/cancellation.ts';
import { stageEnvironment } from '../../pipeline/environment.ts';
import { execute } from '../../pipeline/executor.ts';
import { markOf } from '../../pipeline/processes.ts';
import type { Ports } from '../../runner/ports.ts';

/** What a command has to end by itself when the job is cancelled. */
const GRACE_MS = 5000;

/** Runs commands of the policy as the stages of a pipeline are run: without tokens, and to their end. */
export function commandRunner({ workspace, temporary, log }: Ports): RunCommand {
  return ({ command, variables, limitMs }) =>
    cancellable(async (cancelled) => {
      const inherited = await stageEnvironment(process.env, temporary);
      const outcome = await execute({
        command,
        folder: workspace,
        environment: { ...inherited, ...variables },
        log,
        cancelled,
        mark: markOf(randomUUID().replaceAll('-', '')),
        grace: GRACE_MS,
        timeout: limitMs,
      });
      if (outcome.ended === 'cancelled') throw cancelled.reason;
      return outcome.ended === 'badly' ? outcome.how : undefined;
    });
}
