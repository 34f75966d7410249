import { availableParallelism, totalmem } from 'node:os';
import { UserError } from '../errors.ts';
import type { Provider } from '../project/inference-policy.ts';
import { InferenceThread, type ThreadOptions } from './inference-thread.ts';
import type { LoadedModel } from './protocol.ts';
import type { RunningModel } from './running-model.ts';

/** Of the machine's memory; the rest is for data, answers and everybody else. */
const SHARE_OF_MEMORY = 0.75;

/** A model as it lies on this machine. */
export interface ModelSource {
  /** The .onnx file, absolute. */
  readonly file: string;
  /** Of the model's files together: what loading it takes at least. */
  readonly bytes: number;
  /** How errors call it: `candidate digits`. */
  readonly subject: string;
}

export interface SchedulerOptions extends ThreadOptions {
  readonly provider: Provider;
  /** What loaded models may take together; three quarters of the machine unless given. */
  readonly budgetBytes?: number;
}

/** A loaded model that stays loaded until it is released. */
export interface Lease extends RunningModel {
  readonly threads: number;
  release(): void;
}

interface Kept {
  readonly thread: InferenceThread;
  readonly model: LoadedModel;
  readonly bytes: number;
  users: number;
}

/**
 * Loads models into a thread, keeps them for whoever asks next, and unloads those that were not used
 * for longest when memory is short. Replicas of a model have a thread each, so that they run at the
 * same time.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #budget: number;
  /** By replica. */
  readonly #threads: Promise<InferenceThread>[] = [];
  /** The one that was used last is the last. */
  readonly #kept = new Map<string, Kept>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws EnvironmentError where ONNX Runtime does not load on this machine. */
  static async start(options: SchedulerOptions): Promise<Scheduler> {
    const scheduler = new Scheduler(options);
    await scheduler.#threadOf(0);
    return scheduler;
  }

  private constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#budget = options.budgetBytes ?? SHARE_OF_MEMORY * memoryOfMachine();
  }

  /** How many models are loaded. */
  get loaded(): number {
    return this.#kept.size;
  }

  /** How often a loaded model fits in beside what is loaded. */
  roomFor({ model }: Lease): number {
    const bytes = [...this.#kept.values()].find((kept) => kept.model === model)?.bytes ?? 0;
    return Math.floor((this.#budget - this.#used()) / Math.max(1, bytes));
  }

  /**
   * The model, loaded; the same replica with the same threads is loaded once. Loads go one by one,
   * so that each knows what the others left.
   * @throws UserError where ONNX Runtime cannot load it, or it does not fit beside those in use.
   */
  load(source: ModelSource, threads = availableParallelism(), replica = 0): Promise<Lease> {
    // Threads start side by side.
    const started = this.#threadOf(replica);
    started.catch(() => undefined);
    const lease = this.#turn.then(() => this.#load(source, threads, replica));
    this.#turn = lease.catch(() => undefined);
    return lease;
  }

  close(): void {
    for (const started of this.#threads) {
      started.then(
        (thread) => {
          thread.close();
        },
        () => undefined,
      );
    }
  }

  #threadOf(replica: number): Promise<InferenceThread> {
    return (this.#threads[replica] ??= InferenceThread.start(this.#options));
  }

  async #load(source: ModelSource, threads: number, replica: number): Promise<Lease> {
    const key = `${replica} ${threads} ${source.file}`;
    const kept =
      this.#kept.get(key) ?? (await this.#read(await this.#threadOf(replica), source, threads));
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.users += 1;
    return {
      thread: kept.thread,
      model: kept.model,
      subject: source.subject,
      threads,
      release: () => (kept.users -= 1),
    };
  }

  async #read(
    thread: InferenceThread,
    { file, bytes, subject }: ModelSource,
    threads: number,
  ): Promise<Kept> {
    await this.#makeRoom(bytes, subject);
    const { provider } = this.#options;
    const request = { kind: 'load', path: file, threads, provider } as const;
    const model = await thread.ask(request, subject);
    return { thread, model, bytes: Math.max(bytes, model.residentBytes), users: 0 };
  }

  async #makeRoom(bytes: number, subject: string): Promise<void> {
    for (const [key, { thread, model, users }] of [...this.#kept]) {
      if (this.#used() + bytes <= this.#budget) return;
      if (users > 0) continue;
      await thread.ask({ kind: 'unload', model: model.id }, subject);
      this.#kept.delete(key);
    }
    const used = this.#used();
    if (used + bytes <= this.#budget) return;
    const beside = used > 0 ? ` beside the ${megabytes(used)} of those in use` : '';
    throw new UserError(
      `${subject} takes ${megabytes(bytes)}${beside}, and models may take ${megabytes(this.#budget)}`,
      { hint: 'Use a runner with more memory, a smaller model, or no baseline.' },
    );
  }

  #used(): number {
    return [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** What a container may use, where it is limited. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MB`;
}
