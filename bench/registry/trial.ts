import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const cli = path.resolve('build/cli/index.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly milliseconds: number;
}

/** When a run is killed, and whether the processes it started (Git's) die in the same moment. */
export interface KillAfter {
  readonly milliseconds: number;
  readonly withChildren: boolean;
}

/** Runs `model-ci` in `folder`; with `killAfter`, for no longer than that. */
export async function modelCi(
  folder: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  killAfter?: KillAfter,
): Promise<Ended> {
  const started = performance.now();
  const child: ChildProcess = spawn(process.execPath, [cli, ...command], {
    cwd: folder,
    env: { ...process.env, ...environment },
    detached: killAfter?.withChildren ?? false,
  });
  let output = '';
  const collect = (piece: Buffer) => (output += piece.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const timer = killAfter && setTimeout(kill, killAfter.milliseconds, child, killAfter);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return { code, signal, output, milliseconds: performance.now() - started };
}

function kill(child: ChildProcess, { withChildren }: KillAfter): void {
  // Ended in this moment, and not yet seen to: there is nothing left to kill.
  if (child.exitCode !== null || child.pid === undefined) return;
  process.kill(withChildren ? -child.pid : child.pid, 'SIGKILL');
}

/** A generator of numbers in [0, 1) that a seed repeats (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
