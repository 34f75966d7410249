import { availableParallelism, totalmem } from 'node:os';
import { UserError } from '../errors.ts';
import type { Provider } from '../project/inference-policy.ts';
import { InferenceProcess, type ProcessOptions } from './inference-process.ts';
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

export interface SchedulerOptions extends ProcessOptions {
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
  readonly process: InferenceProcess;
  readonly model: LoadedModel;
  readonly bytes: number;
  users: number;
}

/**
 * Loads models into a process, keeps them for whoever asks next, and unloads those that were not
 * used for longest when memory is short. Should a model end the process, the next one gets another.
 * Replicas of a model have a process each, so that they run at the same time.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #budget: number;
  /** By replica. */
  readonly #processes: Promise<InferenceProcess>[] = [];
  /** The one that was used last is the last. */
  readonly #kept = new Map<string, Kept>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws EnvironmentError where ONNX Runtime does not load on this machine. */
  static async start(options: SchedulerOptions): Promise<Scheduler> {
    const scheduler = new Scheduler(options);
    await scheduler.#processOf(0);
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
    // Processes start side by side.
    const started = this.#processOf(replica);
    started.catch(() => undefined);
    const lease = this.#turn.then(() => this.#load(source, threads, replica));
    this.#turn = lease.catch(() => undefined);
    return lease;
  }

  close(): void {
    for (const started of this.#processes) {
      started.then(
        (process) => {
          process.close();
        },
        () => undefined,
      );
    }
  }

  #processOf(replica: number): Promise<InferenceProcess> {
    return (this.#processes[replica] ??= InferenceProcess.start(this.#options));
  }

  /** The process of the replica, or another where a model ended it. */
  async #livingProcessOf(replica: number): Promise<InferenceProcess> {
    const process = await this.#processOf(replica);
    if (process.alive) return process;
    for (const [key, kept] of this.#kept) if (kept.process === process) this.#kept.delete(key);
    process.close();
    return (this.#processes[replica] = InferenceProcess.start(this.#options));
  }

  async #load(source: ModelSource, threads: number, replica: number): Promise<Lease> {
    const process = await this.#livingProcessOf(replica);
    const key = `${replica} ${threads} ${source.file}`;
    const kept = this.#kept.get(key) ?? (await this.#read(process, source, threads));
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.users += 1;
    return {
      process,
      model: kept.model,
      subject: source.subject,
      threads,
      release: () => (kept.users -= 1),
    };
  }

  async #read(
    process: InferenceProcess,
    { file, bytes, subject }: ModelSource,
    threads: number,
  ): Promise<Kept> {
    await this.#makeRoom(bytes, subject);
    const { provider } = this.#options;
    const request = { kind: 'load', path: file, threads, provider } as const;
    const model = await process.ask(request, subject);
    return { process, model, bytes: Math.max(bytes, model.residentBytes), users: 0 };
  }

  async #makeRoom(bytes: number, subject: string): Promise<void> {
    for (const [key, { process, model, users }] of [...this.#kept]) {
      if (this.#used() + bytes <= this.#budget) return;
      if (users > 0) continue;
      if (process.alive) await process.ask({ kind: 'unload', model: model.id }, subject);
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
