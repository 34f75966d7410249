import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { installRuntime } from '../../inference/runtime.ts';
import { duration } from '../../report/text.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Log, Ports } from '../../runner/ports.ts';
import { fit, type FitListener, type FitResult } from '../../training/fit.ts';
import type { inputs } from './inputs.ts';
import { readFitSpec } from './read-spec.ts';
import { fetchRegistered, isReference } from './registered.ts';
import { epochText, scoresText } from './scores-text.ts';

/** What a person or a runner sends to make a program stop. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Trains what the spec describes. Paths are relative to the folder that the command is called in,
 * as in every command of a stage.
 */
export async function run(
  { spec: file, key, runtime: local }: InputValues<typeof inputs>,
  ports: Ports,
): Promise<FitResult> {
  const folder = process.cwd();
  const spec = await readFitSpec(folder, file, key);
  const runtime = await installRuntime({
    toolCache: ports.toolCache,
    local: local === undefined ? undefined : path.resolve(folder, local),
    log: ports.log,
  });
  const listener = listenerOf(ports.log, spec.epochs);
  return withStopSignal(async (signal) =>
    withSource(spec.model.from, folder, ports, async (from) =>
      fit({ spec, folder, from, runtime, signal, listener }),
    ),
  );
}

/** Calls `body` with the file that a registered version holds; with undefined for a path. */
async function withSource<T>(
  from: string | undefined,
  folder: string,
  ports: Ports,
  body: (file: string | undefined) => Promise<T>,
): Promise<T> {
  if (from === undefined || !isReference(from, folder)) return body(undefined);
  const fetched = await mkdtemp(path.join(ports.temporary, 'model-ci-fit-'));
  try {
    const { record, file } = await fetchRegistered(from, fetched, ports);
    ports.log.info(`Starting from ${record.model}@${record.version}, ${record.digest}`);
    return await body(file);
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

function listenerOf(log: Log, epochs: number): FitListener {
  return {
    notice: (message) => {
      log.notice(message);
    },
    progress: ({ epoch, step, steps, samplesPerSecond, secondsLeft, ...scores }) => {
      const rate = `${Math.round(samplesPerSecond).toLocaleString('en')} samples/s`;
      const left = `${duration(secondsLeft * 1000)} left`;
      const note = `${scoresText(scores)}, ${rate}, ${left}`;
      log.progress(`epoch ${epoch} of ${epochs}`, step, steps, note);
    },
    resumed: (step, { length }) => {
      log.notice(`Going on from the checkpoint: ${length} epochs and ${step} steps are done`);
    },
    epoch: (scores) => {
      log.info(`epoch ${scores.epoch}: ${epochText(scores)} (${duration(scores.seconds * 1000)})`);
    },
  };
}

/** The first signal asks to stop; the second ends the process, as without us. */
async function withStopSignal<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
  };
  for (const name of STOP_SIGNALS) process.once(name, stop);
  try {
    return await body(controller.signal);
  } finally {
    for (const name of STOP_SIGNALS) process.removeListener(name, stop);
  }
}
