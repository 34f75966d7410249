import { EnvironmentError } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs `work` with a signal that is aborted by SIGINT or SIGTERM, by which the runner cancels: work
 * then brings itself to an orderly end. The reason of the abort is the error to throw.
 */
export async function cancellable<T>(work: (cancelled: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const cancel = (signal: NodeJS.Signals) => {
    controller.abort(
      new EnvironmentError(`cancelled by ${signal}`, {
        hint: 'Run it again: finished stages are not repeated, and others go on from their checkpoint.',
      }),
    );
  };
  for (const signal of SIGNALS) process.on(signal, cancel);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, cancel);
  }
}
