import { SHARE_ENV, Worker } from 'node:worker_threads';
import { errorOf } from '../errors.ts';
import type { EpochScores, Progress, TrainingEvent, TrainingPlan, Weights } from './events.ts';

export interface TrainingListener {
  progress(progress: Progress): void;
  epoch(scores: EpochScores): void;
  /** Before anything else: these epochs were over when the checkpoint was written. */
  resumed(step: number, epochs: readonly EpochScores[]): void;
}

export interface Trained {
  readonly weights: Weights;
  /** Whose weights these are. */
  readonly epoch: number;
  /** It was asked to stop before the last epoch was over. */
  readonly stopped: boolean;
}

/**
 * Trains in a worker thread, so that this one stays free to show progress and to be interrupted.
 * @param signal asks to stop after the chunk that runs, in about a second
 * @throws UserError for whatever is wrong with the model, the data or the settings
 */
export async function runTraining(
  plan: Omit<TrainingPlan, 'stop'>,
  listener: TrainingListener,
  signal: AbortSignal,
): Promise<Trained> {
  const stop = new SharedArrayBuffer(4);
  const request = () => {
    Atomics.store(new Int32Array(stop), 0, 1);
  };
  if (signal.aborted) request();
  signal.addEventListener('abort', request);
  const worker = startWorker({ ...plan, stop });
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', (event: TrainingEvent) => {
        switch (event.type) {
          case 'progress':
            listener.progress(event.progress);
            break;
          case 'epoch':
            listener.epoch(event.scores);
            break;
          case 'resumed':
            listener.resumed(event.step, event.epochs);
            break;
          case 'finished':
            resolve(event);
            break;
          case 'failed':
            reject(errorOf(event.failure));
            break;
        }
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        reject(new Error(`the training thread ended early, with code ${code}`));
      });
    });
  } finally {
    signal.removeEventListener('abort', request);
    await worker.terminate();
  }
}

/** The one place that starts the thread: scripts/build.ts puts a bundle of its own there. */
function startWorker(plan: TrainingPlan): Worker {
  return new Worker(new URL('./training-worker.js', import.meta.url), {
    workerData: plan,
    env: SHARE_ENV,
  });
}
