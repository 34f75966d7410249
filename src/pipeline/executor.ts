import { spawn, type ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Log } from '../runner/ports.ts';

/** A process that is told to end has this long; GitHub's runner gives about 7.5 s in all. */
const GRACE_MS = 5000;

/** A line without an end would otherwise grow in memory for as long as the command writes. */
const MAX_LINE = 64 * 1024;

export interface Execution {
  readonly command: string;
  /** Absolute. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly cancelled: AbortSignal;
}

export type Outcome =
  { readonly ended: 'well' } | { readonly ended: 'badly'; readonly how: string };

/**
 * Runs one shell command to its end, its output line by line to the log. When it is cancelled, the
 * whole process tree is ended before the reason is thrown.
 */
export async function execute(execution: Execution): Promise<Outcome> {
  const { command, folder, environment, log, cancelled } = execution;
  cancelled.throwIfAborted();
  if (!(await isFolder(folder))) return { ended: 'badly', how: `there is no folder ${folder}` };
  const child = spawn(...shell(command, environment), {
    cwd: folder,
    env: environment,
    windowsVerbatimArguments: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: what the command starts can be ended with it.
    detached: process.platform !== 'win32',
  });
  for (const stream of [child.stdout, child.stderr]) forwardLines(stream, log);
  const end = endWhen(cancelled, child);
  try {
    const { code, signal } = await ending(child);
    cancelled.throwIfAborted();
    if (code === 0) return { ended: 'well' };
    return {
      ended: 'badly',
      how: code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`,
    };
  } finally {
    end.dispose();
  }
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

/**
 * Waits for the command and for the last of its output. What it left running in the background
 * is ended: it must not write into finished outputs, and it would hold the pipes open.
 */
function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      endTree(child, 'SIGKILL');
      // A process that left the group may still hold the pipes; what it prints is not ours.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, GRACE_MS).unref();
    });
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function endWhen(cancelled: AbortSignal, child: ChildProcess): { dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    endTree(child, 'SIGTERM');
    timer = setTimeout(() => {
      endTree(child, 'SIGKILL');
    }, GRACE_MS);
  };
  cancelled.addEventListener('abort', end);
  return {
    dispose() {
      cancelled.removeEventListener('abort', end);
      clearTimeout(timer);
    },
  };
}

function endTree(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch {
    // Nobody of the group is left.
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
