/** Asks a scanner of the Python world about files, by its driver in scanners/. */
import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `ok`, `warn`, `reject`, `crash` or `timeout` for each path. */
export type Outcomes = readonly string[];

const answer = z.tuple([z.string(), z.number()]);

/** Asks one peer about every path; its environment in `.peers` has the peer's name. */
export async function ask(peer: string, paths: readonly string[]): Promise<Outcomes> {
  const python = path.join(root, '.peers', peer, 'bin/python');
  const driver = path.join(root, 'bench/lint/scanners', `ask_${peer}.py`);
  const child = spawn(python, [driver], {
    // fickling leaves a report where it runs.
    cwd: await mkdtemp(path.join(tmpdir(), 'bench-peer-')),
    env: { ...process.env, NO_ANALYTICS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(paths.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const outcomes: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    outcomes.push(answer.parse(JSON.parse(line))[0]);
  }
  if (outcomes.length !== paths.length) throw new Error(`${peer} ended early`);
  return outcomes;
}
