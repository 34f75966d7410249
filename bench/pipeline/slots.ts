/**
 * Eight independent stages of one second on four slots, beside DVC, in one run.
 * After npm run build and scripts/peers/dvc.sh: tsx bench/pipeline/slots.ts [ROUNDS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cli, root } from '../../__tests__/cli/model-ci.ts';

const rounds = Number(process.argv[2] ?? 3);
const dvc = path.join(root, '.peers/dvc/bin/dvc');

interface Run {
  readonly seconds: number;
  /** Of the process itself, without its stages. */
  readonly peakMiB: number;
}

async function measure(command: readonly [string, ...string[]]): Promise<Run> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slots-'));
  const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
  const stages = Object.fromEntries(
    names.map((name) => [
      name,
      { cmd: `sleep 1; echo > ${name}`, outs: [{ [name]: { cache: false } }] },
    ]),
  );
  await writeFile(path.join(folder, 'dvc.yaml'), JSON.stringify({ stages }));
  await run(['git', 'init', '--quiet'], folder);
  await run([dvc, 'init', '--quiet'], folder);
  const result = await run(command, folder);
  await rm(folder, { recursive: true });
  return result;
}

async function run([program, ...rest]: readonly string[], folder: string): Promise<Run> {
  const started = performance.now();
  const child = spawn(program ?? '', rest, { cwd: folder, stdio: 'ignore' });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let peakMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    await Promise.race([exited, sleep(20)]);
  }
  const [code] = await exited;
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1000, peakMiB };
}

function summary(runs: readonly Run[]) {
  const seconds = runs.map((one) => one.seconds).toSorted((a, b) => a - b);
  const round = (value: number) => Number(value.toFixed(2));
  return {
    median: round(seconds[Math.floor(seconds.length / 2)] ?? NaN),
    fastest: round(seconds[0] ?? NaN),
    slowest: round(seconds.at(-1) ?? NaN),
    peakMiB: Math.round(Math.max(...runs.map(({ peakMiB }) => peakMiB))),
  };
}

const ours: Run[] = [];
const theirs: Run[] = [];
for (let round = 0; round < rounds; round++) {
  ours.push(await measure([process.execPath, cli, 'train', '--jobs', '4']));
  theirs.push(await measure([dvc, 'repro', '--quiet']));
}
const [modelCi, peer] = [summary(ours), summary(theirs)];
console.log(
  JSON.stringify({ modelCi, dvc: peer, timesFaster: peer.median / modelCi.median }, undefined, 2),
);
