import { spawn, type ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../runner/ports.ts';
import { isInGroup, killMarked, markedProcesses, send } from './processes.ts';

/** How often the end of a process tree is looked for. */
const POLL_MS = 25;

/** What a process outside the tree may still hold the pipes of is waited for this long. */
const CLOSE_MS = 5000;

/** A line without an end would otherwise grow in memory for as long as the command writes. */
const MAX_LINE = 64 * 1024;

export interface Execution {
  readonly command: string;
  /** Absolute. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly cancelled: AbortSignal;
  /** The name of a variable that marks the processes of this command. */
  readonly mark: string;
  /** Milliseconds that the processes have to end by themselves once they are told to. */
  readonly grace: number;
  /** In milliseconds; undefined for no limit. */
  readonly timeout: number | undefined;
  readonly watcher?: Watcher | undefined;
}

/** Hears of what happens to a command. */
export interface Watcher {
  /** Is waited for before the command is told to end. */
  stopping(): Promise<void>;
  exited(): void;
}

export type Outcome =
  | { readonly ended: 'well' }
  /** `exitCode` as a shell would tell it: 128 and the number of the signal that ended it. */
  | { readonly ended: 'badly'; readonly how: string; readonly exitCode: number | undefined }
  /** `orderly`: the command handled the signal and said by its exit code that it came to an end. */
  | { readonly ended: 'cancelled'; readonly orderly: boolean };

/**
 * Runs one shell command to its end, its output line by line to the log. When it is cancelled or
 * its time is over, the whole process tree is told to end, and ended after the grace.
 */
export async function execute(execution: Execution): Promise<Outcome> {
  const { command, folder, log, cancelled, mark, grace, timeout, watcher } = execution;
  const isCancelled = () => cancelled.aborted;
  if (isCancelled()) return { ended: 'cancelled', orderly: false };
  if (!(await isFolder(folder))) return badly(`there is no folder ${folder}`, undefined);
  const environment = { ...execution.environment, [mark]: '1' };
  const child = spawn(...shell(command, environment), {
    cwd: folder,
    env: environment,
    windowsVerbatimArguments: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: what the command starts can be ended with it.
    detached: process.platform !== 'win32',
  });
  for (const stream of [child.stdout, child.stderr]) forwardLines(stream, log);
  const limit = AbortSignal.any([
    cancelled,
    ...(timeout === undefined ? [] : [AbortSignal.timeout(timeout)]),
  ]);
  const { code, signal, killed } = await new Tree(child, mark, watcher).end(limit, grace);
  if (isCancelled()) {
    const orderly = !killed && (code === 0 || code === 128 + constants.signals.SIGTERM);
    return { ended: 'cancelled', orderly };
  }
  if (limit.aborted && timeout !== undefined) {
    return badly(`not done within its timeout of ${timeout / 1000} s`, undefined);
  }
  if (code === 0) return { ended: 'well' };
  if (code !== null) return badly(`exit code ${code}`, code);
  return badly(`ended by ${signal ?? 'a signal'}`, signal ? 128 + constants.signals[signal] : 1);
}

function badly(how: string, exitCode: number | undefined): Outcome {
  return { ended: 'badly', how, exitCode };
}

/**
 * Shells that take a command after `-c`, and what keeps them from reading a person's start-up
 * files. A service account may have `nologin` for a shell: that one runs nothing.
 */
const SHELLS: ReadonlyMap<string, readonly string[]> = new Map([
  ['sh', []],
  ['dash', []],
  ['ksh', []],
  ['bash', ['--noprofile', '--norc']],
  ['zsh', ['--no-rcs']],
  ['fish', ['--no-config']],
]);

/** Starts the shell that DVC would take: the one that SHELL names, or sh. */
function shell(command: string, environment: NodeJS.ProcessEnv): readonly [string, string[]] {
  const { SHELL = '', ComSpec = 'cmd.exe' } = environment;
  if (process.platform === 'win32') return [ComSpec, ['/d', '/s', '/c', `"${command}"`]];
  const options = SHELLS.get(path.basename(SHELL));
  return options ? [SHELL, [...options, '-c', command]] : ['/bin/sh', ['-c', command]];
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether something of the tree outlived the grace. */
  readonly killed: boolean;
}

/** A command and all that it started. */
class Tree {
  readonly #child: ChildProcess;
  readonly #mark: string;
  readonly #watcher: Watcher | undefined;

  constructor(child: ChildProcess, mark: string, watcher: Watcher | undefined) {
    this.#child = child;
    this.#mark = mark;
    this.#watcher = watcher;
  }

  /**
   * Waits for the command and for the last of its output. What it left running in the background is
   * ended: it must not write into finished outputs, and it would hold the pipes open. Once `limit`
   * is aborted, all have `grace` to end by themselves.
   */
  async end(limit: AbortSignal, grace: number): Promise<Ending> {
    const exited = new Promise<Omit<Ending, 'killed'>>((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        this.#watcher?.exited();
        resolve({ code, signal });
      });
    });
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    const stopped = new Promise<void>((resolve) => {
      limit.addEventListener('abort', () => {
        resolve();
      });
      if (limit.aborted) resolve();
    });
    await Promise.race([exited, stopped]);
    const killed = limit.aborted ? await this.#endWithin(grace) : false;
    const ending = await exited;
    await this.#kill();
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    // A process that nobody finds may still hold the pipes; what it prints is not ours.
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    return { ...ending, killed };
  }

  /** Tells all to end and waits for them; whether some had to be killed. */
  async #endWithin(grace: number): Promise<boolean> {
    await this.#watcher?.stopping();
    const deadline = Date.now() + grace;
    this.#sendToGroup('SIGTERM');
    for (const pid of (await markedProcesses(this.#mark)) ?? []) {
      // The group had it already, and a second one ends what handles the first in order.
      if (!(await isInGroup(pid, this.#child.pid))) send(pid, 'SIGTERM');
    }
    while (Date.now() < deadline) {
      if (!(await this.#isAlive())) return false;
      await sleep(POLL_MS);
    }
    await this.#kill();
    return true;
  }

  async #isAlive(): Promise<boolean> {
    const marked = await markedProcesses(this.#mark);
    return marked ? marked.length > 0 : this.#sendToGroup(0);
  }

  async #kill(): Promise<void> {
    this.#sendToGroup('SIGKILL');
    await killMarked(this.#mark);
  }

  #sendToGroup(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child;
    return pid !== undefined && send(process.platform === 'win32' ? pid : -pid, signal);
  }
}

function forwardLines(stream: NodeJS.ReadableStream, log: Log): void {
  const decoder = new StringDecoder('utf8');
  let open = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (open + decoder.write(chunk)).split(/\r\n|\n|\r/);
    open = lines.pop() ?? '';
    for (const line of lines) log.output(line);
    if (open.length > MAX_LINE) {
      log.output(open);
      open = '';
    }
  });
  stream.on('end', () => {
    const last = open + decoder.end();
    if (last) log.output(last);
  });
}
