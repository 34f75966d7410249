import { SHARE_ENV, Worker } from 'node:worker_threads';
import { EnvironmentError, messageOf, UserError } from '../errors.ts';
import type { Answer, Answers, Request, RequestOf } from './protocol.ts';
import { inSharedMemory } from './shared-memory.ts';

/** ONNX Runtime loads in 20 ms; a cold disk and a busy machine take longer, a hang takes for ever. */
const OPEN_LIMIT_MS = 60_000;

export interface ThreadOptions {
  /** The package folder of onnxruntime-node, or of onnxruntime-web. */
  readonly runtime: string;
  /** The built inference-worker, absolute. */
  readonly worker: string;
  /** How long a request may take. */
  readonly limitMs: number;
  /** Told which model is asked next, as errors call it, before it is: it may end the process. */
  readonly announce?: ((subject: string) => void) | undefined;
}

/**
 * A thread that runs models, so that this one stays free to read data and to watch the clock. A
 * model that hangs keeps it for ever, and one that crashes takes the whole process along: whoever
 * runs models that are not trusted starts threads in a process that can be ended (model-process.ts).
 */
export class InferenceThread {
  readonly #worker: Worker;
  readonly #limitMs: number;
  readonly #announce: (subject: string) => void;
  #ended: UserError | undefined;
  /** In the order in which they were asked. */
  readonly #waiting: Waiting[] = [];
  /** Free for requests: the system takes longer to give new memory than copying into it does. */
  readonly #free: SharedArrayBuffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  static async start(options: ThreadOptions): Promise<InferenceThread> {
    const started = new InferenceThread(options);
    const open: Request = { kind: 'open', runtime: options.runtime };
    try {
      await started.#ask(open, 'ONNX Runtime', OPEN_LIMIT_MS);
    } catch (thrown) {
      started.close();
      if (!(thrown instanceof UserError)) throw thrown;
      throw new EnvironmentError(thrown.message, { hint: thrown.hint, cause: thrown.cause });
    }
    return started;
  }

  private constructor({ worker, limitMs, announce }: ThreadOptions) {
    this.#limitMs = limitMs;
    this.#announce = announce ?? (() => undefined);
    this.#worker = new Worker(worker, { execArgv: [], env: SHARE_ENV });
    this.#worker.on('message', (answer: Answer) => {
      this.#receive(answer);
    });
    this.#worker.on('error', (cause) => {
      this.#end(`the thread for models failed: ${messageOf(cause)}`, cause);
    });
    this.#worker.on('exit', () => {
      this.#end('the thread for models ended');
    });
  }

  /**
   * Asks for one thing; requests are answered in order. What is asked ahead lies ready when its turn
   * comes. `subject` names the model in errors.
   * @throws UserError where the model fails or takes too long.
   */
  async ask<K extends Exclude<Request['kind'], 'open'>>(
    request: RequestOf<K>,
    subject: string,
  ): Promise<Answers[K]> {
    return (await this.#ask(request, subject, this.#limitMs)) as Answers[K];
  }

  #ask(request: Request, subject: string, limitMs: number): Promise<unknown> {
    if (this.#ended) return Promise.reject(about(subject, this.#ended));
    let memory: SharedArrayBuffer | undefined;
    const sent = inSharedMemory(request, (bytes) => (memory = this.#memoryFor(bytes)));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ subject, limitMs, memory, resolve, reject });
      if (this.#waiting.length === 1) this.#watch();
      this.#announce(subject);
      this.#worker.postMessage(sent);
    });
  }

  /** The time of a request begins when all before it are answered. */
  #watch(): void {
    clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (!first) return;
    this.#timer = setTimeout(() => {
      this.#end(`no answer within ${Math.round(first.limitMs / 1000)} s`);
    }, first.limitMs);
  }

  #receive(answer: Answer): void {
    const asked = this.#waiting.shift();
    this.#watch();
    if (!asked) return;
    if (asked.memory) this.#free.push(asked.memory);
    if (answer.ok) asked.resolve(answer.value);
    else asked.reject(about(asked.subject, refused(answer.message)));
  }

  /** Powers of two, so that what is free is large enough for the next. */
  #memoryFor(bytes: number): SharedArrayBuffer {
    const free = this.#free.pop();
    if (free && free.byteLength >= bytes) return free;
    return new SharedArrayBuffer(2 ** Math.ceil(Math.log2(bytes)));
  }

  close(): void {
    this.#end('the thread for models was closed');
    void this.#worker.terminate();
  }

  #end(message: string, cause?: unknown): void {
    this.#ended ??= new UserError(message, { hint: CHECK_THE_MODEL, cause });
    clearTimeout(this.#timer);
    for (const { subject, reject } of this.#waiting.splice(0)) reject(about(subject, this.#ended));
  }
}

/** What to do where a model ends or stops whatever runs it. */
export const CHECK_THE_MODEL =
  'Check the model with model-ci lint and try it with a small test set; where it is only slow, raise time-limit in the policy.';

interface Waiting {
  readonly subject: string;
  readonly limitMs: number;
  /** In which the arrays of the request lie. */
  readonly memory: SharedArrayBuffer | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: UserError) => void;
}

function refused(message: string): UserError {
  return new UserError(message, {
    hint: 'Check the model with model-ci lint, and that the policy names its inputs and output.',
  });
}

function about(subject: string, error: UserError): UserError {
  return new UserError(`${subject}: ${error.message}`, { hint: error.hint, cause: error.cause });
}
