import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, EnvironmentError, messageOf, UserError } from '../errors.ts';
import type { Answer, Answers, Question, Request, RequestOf } from './protocol.ts';
import { Tray } from './tray.ts';

/** ONNX Runtime loads in 20 ms; a cold disk and a busy machine take longer, a hang takes for ever. */
const OPEN_LIMIT_MS = 60_000;

/** What a crashing runtime said last. */
const STDERR_BYTES = 4096;

/** A model under review gets no tokens and no inputs: only what a native library needs to load. */
const ENVIRONMENT = /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_ALL|LD_LIBRARY_PATH|SYSTEMROOT|OMP_\w+)$/i;

export interface ProcessOptions {
  /** The package folder of onnxruntime-node, or of onnxruntime-web. */
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
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'model-ci-inference-'));
  readonly #trays: Tray[] = [];
  /** Those of the trays that no question lies in. */
  readonly #free: Tray[] = [];
  /** In the order in which they were asked. */
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  static async start(options: ProcessOptions): Promise<InferenceProcess> {
    const started = new InferenceProcess(options);
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
    this.#child.on('message', (answer: Answer) => {
      this.#receive(answer);
    });
    this.#child.on('error', (cause) => {
      // A channel that breaks is the first sign of a crash; how it ended comes with 'exit'.
      if (this.#child.pid !== undefined) return;
      this.#end(`the process for models failed: ${cause.message}`, cause);
    });
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      this.#end(`ONNX Runtime crashed (${how})`, new Error(this.#stderr || 'it said nothing'));
    });
  }

  /**
   * Asks for one thing; requests are answered in order. What is asked ahead lies ready when its turn
   * comes. `subject` names the model in errors.
   * @throws UserError where the model fails, crashes the process or takes too long.
   */
  async ask<K extends Exclude<Request['kind'], 'open'>>(
    request: RequestOf<K>,
    subject: string,
    limitMs = this.#limitMs,
  ): Promise<Answers[K]> {
    return (await this.#ask(request, subject, limitMs)) as Answers[K];
  }

  #ask(request: Request, subject: string, limitMs: number): Promise<unknown> {
    if (this.#ended) return Promise.reject(about(subject, this.#ended));
    const tray = this.#free.pop() ?? this.#newTray();
    const question = questionOf(request, tray);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ subject, limitMs, tray, resolve, reject });
      if (this.#waiting.length === 1) this.#watch();
      this.#child.send(question);
    });
  }

  /** The time of a question begins when all before it are answered. */
  #watch(): void {
    clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (!first) return;
    this.#timer = setTimeout(() => {
      this.#end(`no answer within ${Math.round(first.limitMs / 1000)} s`);
      this.#child.kill('SIGKILL');
    }, first.limitMs);
  }

  #receive(answer: Answer): void {
    const asked = this.#waiting.shift();
    this.#watch();
    if (!asked) return;
    const { subject, tray, resolve, reject } = asked;
    try {
      if (!answer.ok) throw new Error(answer.message);
      resolve(tray.unpack(answer.value));
    } catch (thrown) {
      reject(about(subject, refused(messageOf(thrown))));
    }
    this.#free.push(tray);
  }

  #newTray(): Tray {
    const tray = new Tray(path.join(this.#folder, `question-${this.#trays.length}`));
    this.#trays.push(tray);
    return tray;
  }

  /** Whether it still answers. */
  get alive(): boolean {
    return this.#ended === undefined;
  }

  close(): void {
    this.#end('the process for models was closed');
    this.#child.kill('SIGKILL');
    for (const tray of this.#trays) tray.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #end(message: string, cause?: unknown): void {
    this.#ended ??= new UserError(message, {
      hint: 'Check the model with model-ci lint and try it with a small test set; where it is only slow, raise time-limit in the policy.',
      cause,
    });
    clearTimeout(this.#timer);
    for (const { subject, reject } of this.#waiting.splice(0)) reject(about(subject, this.#ended));
  }
}

interface Waiting {
  readonly subject: string;
  readonly limitMs: number;
  readonly tray: Tray;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: UserError) => void;
}

function questionOf(request: Request, tray: Tray): Question {
  try {
    return { request: tray.pack(request), tray: tray.path };
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw new EnvironmentError(`the temporary folder cannot be used: ${messageOf(cause)}`, {
      hint: `Make room in ${tmpdir()}, or set TMPDIR to another folder.`,
      cause,
    });
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
