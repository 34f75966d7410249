import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, UserError } from '../errors.ts';
import type { Answer, Answers, Request, RequestOf } from './protocol.ts';

/** ONNX Runtime loads in 20 ms; a cold disk and a busy machine take longer, a hang takes for ever. */
const OPEN_LIMIT_MS = 60_000;

/** What a crashing runtime said last. */
const STDERR_BYTES = 4096;

/** A model under review gets no tokens and no inputs: only what a native library needs to load. */
const ENVIRONMENT = /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_ALL|LD_LIBRARY_PATH|SYSTEMROOT|OMP_\w+)$/i;

export interface ProcessOptions {
  /** The package folder of onnxruntime-node. */
  readonly runtime: string;
  /** How long a request may take before the process is ended. */
  readonly limitMs: number;
  /** The built worker; beside this file unless given. */
  readonly worker?: URL | undefined;
}

/**
 * A process that runs models. It can crash, hang or run out of memory without harm: the request
 * fails with a UserError, and the process is gone.
 */
export class InferenceProcess {
  readonly #child: ChildProcess;
  readonly #limitMs: number;
  #stderr = '';
  #ended: UserError | undefined;
  #fail: ((error: UserError) => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  static async start(options: ProcessOptions): Promise<InferenceProcess> {
    const started = new InferenceProcess(options);
    const open: Request = { kind: 'open', runtime: options.runtime };
    try {
      await started.#exchange(open, 'ONNX Runtime', OPEN_LIMIT_MS);
    } catch (thrown) {
      started.close();
      if (!(thrown instanceof UserError)) throw thrown;
      throw new EnvironmentError(thrown.message, { hint: thrown.hint, cause: thrown.cause });
    }
    return started;
  }

  private constructor({ limitMs, worker }: ProcessOptions) {
    this.#limitMs = limitMs;
    const file = worker ?? new URL('./inference-worker.js', import.meta.url);
    this.#child = fork(fileURLToPath(file), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: Object.fromEntries(
        Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name)),
      ),
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_BYTES);
    });
    this.#child.on('error', (cause) => {
      this.#end(`the process for models failed: ${cause.message}`, cause);
    });
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      this.#end(`ONNX Runtime crashed (${how})`, new Error(this.#stderr || 'it said nothing'));
    });
  }

  /**
   * Asks for one thing; requests are answered in order. `subject` names the model in errors.
   * @throws UserError where the model fails, crashes the process or takes too long.
   */
  async ask<K extends Exclude<Request['kind'], 'open'>>(
    request: RequestOf<K>,
    subject: string,
    limitMs = this.#limitMs,
  ): Promise<Answers[K]> {
    const before = this.#last.catch(() => undefined);
    const answer = before.then(() => this.#exchange(request, subject, limitMs));
    this.#last = answer;
    return (await answer) as Answers[K];
  }

  /** Whether it still answers. */
  get alive(): boolean {
    return this.#ended === undefined;
  }

  close(): void {
    this.#ended ??= new UserError('the process for models was closed', { hint: 'Start another.' });
    this.#child.kill('SIGKILL');
  }

  #exchange(request: Request, subject: string, limitMs: number): Promise<unknown> {
    if (this.#ended) return Promise.reject(about(subject, this.#ended));
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#child.off('message', receive);
        this.#fail = undefined;
      };
      const receive = (answer: Answer) => {
        settle();
        if (answer.ok) resolve(answer.value);
        else reject(about(subject, refused(answer.message)));
      };
      const timer = setTimeout(() => {
        this.#end(`no answer within ${Math.round(limitMs / 1000)} s`);
        this.#child.kill('SIGKILL');
      }, limitMs);
      this.#fail = (error) => {
        settle();
        reject(about(subject, error));
      };
      this.#child.on('message', receive);
      this.#child.send(request);
    });
  }

  #end(message: string, cause?: unknown): void {
    this.#ended ??= new UserError(message, {
      hint: 'Check the model with model-ci lint and try it with a small test set; where it is only slow, raise time-limit in the policy.',
      cause,
    });
    this.#fail?.(this.#ended);
  }
}

function refused(message: string): UserError {
  return new UserError(message, {
    hint: 'Check the model with model-ci lint, and that the policy names its inputs and output.',
  });
}

function about(subject: string, error: UserError): UserError {
  return new UserError(`${subject}: ${error.message}`, { hint: error.hint, cause: error.cause });
}
