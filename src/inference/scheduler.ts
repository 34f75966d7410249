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
  readonly model: LoadedModel;
  readonly bytes: number;
  users: number;
}

/**
 * Loads models into one process, keeps them for whoever asks next, and unloads those that were not
 * used for longest when memory is short. Should a model end the process, the next one gets another.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #budget: number;
  #process: InferenceProcess;
  /** The one that was used last is the last. */
  readonly #kept = new Map<string, Kept>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws EnvironmentError where ONNX Runtime does not load on this machine. */
  static async start(options: SchedulerOptions): Promise<Scheduler> {
    return new Scheduler(options, await InferenceProcess.start(options));
  }

  private constructor(options: SchedulerOptions, process: InferenceProcess) {
    this.#options = options;
    this.#budget = options.budgetBytes ?? SHARE_OF_MEMORY * memoryOfMachine();
    this.#process = process;
  }

  /** How many models are loaded. */
  get loaded(): number {
    return this.#kept.size;
  }

  /**
   * The model, loaded; the same model with the same threads is loaded once. Loads go one by one, so
   * that each knows what the others left.
   * @throws UserError where ONNX Runtime cannot load it, or it does not fit beside those in use.
   */
  load(source: ModelSource, threads = availableParallelism()): Promise<Lease> {
    const lease = this.#turn.then(() => this.#load(source, threads));
    this.#turn = lease.catch(() => undefined);
    return lease;
  }

  close(): void {
    this.#process.close();
  }

  async #load(source: ModelSource, threads: number): Promise<Lease> {
    if (!this.#process.alive) {
      this.#kept.clear();
      this.#process.close();
      this.#process = await InferenceProcess.start(this.#options);
    }
    const key = `${threads} ${source.file}`;
    const kept = this.#kept.get(key) ?? (await this.#read(source, threads));
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.users += 1;
    return {
      process: this.#process,
      model: kept.model,
      subject: source.subject,
      threads,
      release: () => (kept.users -= 1),
    };
  }

  async #read({ file, bytes, subject }: ModelSource, threads: number): Promise<Kept> {
    await this.#makeRoom(bytes, subject);
    const { provider } = this.#options;
    const request = { kind: 'load', path: file, threads, provider } as const;
    const model = await this.#process.ask(request, subject);
    return { model, bytes: Math.max(bytes, model.residentBytes), users: 0 };
  }

  async #makeRoom(bytes: number, subject: string): Promise<void> {
    for (const [key, { model, users }] of [...this.#kept]) {
      if (this.#used() + bytes <= this.#budget) return;
      if (users > 0) continue;
      await this.#process.ask({ kind: 'unload', model: model.id }, subject);
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
