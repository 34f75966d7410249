import { fork, type ChildProcess } from 'node:child_process';
import { UserError } from '../errors.ts';
import { CHECK_THE_MODEL } from './inference-thread.ts';

/** What a crashing runtime said last. */
const STDERR_BYTES = 4096;

/**
 * A model under review gets no tokens and no inputs: only what a native library needs to load, and
 * how much memory Node may take.
 */
const ENVIRONMENT =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_ALL|LD_LIBRARY_PATH|SYSTEMROOT|NODE_OPTIONS|OMP_\w+)$/i;

export interface ModelProcessOptions<Event, Result> {
  /** The file that it runs, absolute: takes the task as its first message, and sends events. */
  readonly worker: string;
  /** Plain values. */
  readonly task: object;
  /** Told of each event in turn; the result ends the process, as does what is thrown. */
  readonly listen: (event: Event) => Result | undefined;
  /** Who is to blame for a crash, as errors call it. */
  readonly subject: () => string;
}

/**
 * Has a process of its own run models: it can crash, hang or run out of memory without harm, and is
 * ended with this call.
 * @throws UserError where it ends by itself
 */
export async function runModelProcess<Event, Result>(
  options: ModelProcessOptions<Event, Result>,
): Promise<Result> {
  const child = fork(options.worker, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name))),
  });
  try {
    return await resultOf(child, options);
  } finally {
    child.kill('SIGKILL');
  }
}

function resultOf<Event, Result>(
  child: ChildProcess,
  { task, listen, subject }: ModelProcessOptions<Event, Result>,
): Promise<Result> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES);
  });
  return new Promise((resolve, reject) => {
    child.on('message', (event) => {
      try {
        const result = listen(event as Event);
        if (result !== undefined) resolve(result);
      } catch (thrown) {
        // As it was thrown: it is nobody's here.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(thrown);
      }
    });
    const fail = (message: string, cause: unknown) => {
      reject(new UserError(`${subject()}: ${message}`, { hint: CHECK_THE_MODEL, cause }));
    };
    child.on('error', (cause) => {
      // A channel that breaks is the first sign of a crash; how it ended comes with 'close'.
      if (child.pid === undefined) fail(`the process for models failed: ${cause.message}`, cause);
    });
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      const what = stderr.includes('heap out of memory')
        ? 'reading the data took more memory than there is'
        : 'ONNX Runtime crashed';
      const crashed = () => {
        fail(`${what} (${how})`, new Error(stderr || 'it said nothing'));
      };
      // What it sent last, such as whose turn it is, may not have arrived yet.
      if (child.connected) child.once('disconnect', crashed);
      else crashed();
    });
    child.send(task);
  });
}
