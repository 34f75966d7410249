import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { modelCi, cli } from '../../__tests__/cli/model-ci.ts';
import { random } from '../registry/trial.ts';

const WORKLOAD = fileURLToPath(new URL('train-steps.mjs', import.meta.url));
const EVERY_MS = 500;
const STEP_MS = 15;
const STEPS = 60;
const OUTS = ['prepared', 'left', 'right'];

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly progress?: boolean;
}

/**
 * Work is counted in steps: how long one takes is up to the machine, and never below its sleep.
 */
export interface KillFigures {
  readonly kills: number;
  readonly bySignal: Readonly<Record<string, number>>;
  readonly pipelinesFinished: number;
  /** Outs that were not those of an undisturbed run. */
  readonly damaged: number;
  /** The steps that fit into the interval at which checkpoints are saved. */
  readonly stepsPerInterval: number;
  /** Steps of a stage that were done once more after a kill. */
  readonly repeatedSteps: Spread;
  /** How long these steps had taken, in milliseconds; the interval has `every`. */
  readonly repeatedMs: Spread;
  readonly every: number;
}

export interface Spread {
  readonly median: number;
  readonly worst: number;
}

interface Tally {
  readonly bySignal: Record<string, number>;
  kills: number;
  pipelines: number;
  damaged: number;
  readonly repeated: Work[];
}

interface Work {
  readonly steps: number;
  readonly milliseconds: number;
}

export async function killTest({ kills, seed, progress }: KillOptions): Promise<KillFigures> {
  const next = random(seed);
  const root = await mkdtemp(path.join(tmpdir(), 'model-ci kill '));
  const tally: Tally = { bySignal: {}, kills: 0, pipelines: 0, damaged: 0, repeated: [] };
  try {
    while (tally.kills < kills) {
      await onePipeline(path.join(root, String(tally.pipelines)), next, kills, tally);
      tally.pipelines += 1;
      if (progress) console.log(`${tally.kills} of ${kills}: ${JSON.stringify(tally.bySignal)}`);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return {
    kills: tally.kills,
    bySignal: tally.bySignal,
    pipelinesFinished: tally.pipelines,
    damaged: tally.damaged,
    stepsPerInterval: Math.floor(EVERY_MS / STEP_MS),
    repeatedSteps: spread(tally.repeated.map(({ steps }) => steps)),
    repeatedMs: spread(tally.repeated.map(({ milliseconds }) => milliseconds)),
    every: EVERY_MS,
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 };
}

/** Runs one pipeline to its end, killed again and again, each time in a folder of its own. */
async function onePipeline(
  root: string,
  next: () => number,
  kills: number,
  tally: Tally,
): Promise<void> {
  const input = String(Math.floor(next() * 1e9));
  const log = path.join(root, 'steps.log');
  // Kills are spread over as long as the machine takes at the moment.
  const calm = path.join(root, 'calm');
  const longest = await undisturbed(calm, root, input);
  const durable = path.join(root, 'durable store');
  for (let disk = 0; ; disk++) {
    const folder = path.join(root, `runner ${disk}`);
    await writeRepository(folder, input);
    const before = await stepsOf(log);
    const isKilled = tally.kills < kills;
    const signal = next() < 0.5 ? 'SIGKILL' : 'SIGTERM';
    const after = next() * longest;
    const code = await train({
      folder,
      durable,
      log,
      kill: isKilled ? { signal, after } : undefined,
    });
    tally.repeated.push(...repeatedWork(before, (await stepsOf(log)).slice(before.length)));
    if (code === 0) {
      tally.damaged += await damagedOuts(folder, calm);
      return;
    }
    if (!isKilled) throw new Error(`the run in ${folder} failed with ${code}`);
    tally.kills += 1;
    tally.bySignal[signal] = (tally.bySignal[signal] ?? 0) + 1;
    // The machine is gone, and its disk with it.
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeRepository(folder: string, input: string): Promise<void> {
  const stage = (name: string, from: string) => ({
    cmd: `node '${WORKLOAD}' ${name} ${STEPS} ${STEP_MS} ${from} ${name}`,
    deps: [from],
    outs: [name],
    meta: { 'model-ci': { checkpoint: `${name}.state`, every: `${EVERY_MS} ms` } },
  });
  const stages = {
    prepare: stage('prepared', 'input'),
    left: stage('left', 'prepared'),
    right: stage('right', 'prepared'),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'dvc.yaml'), JSON.stringify({ stages }));
  await writeFile(path.join(folder, 'input'), input);
}

interface Training {
  readonly folder: string;
  readonly durable: string;
  readonly log: string;
  readonly kill: { readonly signal: NodeJS.Signals; readonly after: number } | undefined;
}

async function train({ folder, durable, log, kill }: Training): Promise<number | null> {
  const child = spawn(
    process.execPath,
    [cli, 'train', '--jobs', '2', '--no-cache', '--store', durable],
    {
      cwd: folder,
      env: { ...process.env, STEP_LOG: log },
      stdio: 'ignore',
    },
  );
  const exited = once(child, 'exit');
  const killer = kill && sleep(kill.after, undefined, { ref: false });
  await Promise.race([exited, killer ?? exited]);
  if (kill && child.exitCode === null) child.kill(kill.signal);
  const [code] = (await exited) as [number | null];
  // What a killed run leaves behind dies with its machine.
  await endAllOf(log);
  return code;
}

async function endAllOf(log: string): Promise<void> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(`STEP_LOG=${log}\0`)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

interface Step {
  readonly name: string;
  readonly step: number;
  readonly milliseconds: number;
}

async function stepsOf(log: string): Promise<readonly Step[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => {
    const [name = '', step, milliseconds] = line.split(' ');
    return { name, step: Number(step), milliseconds: Number(milliseconds) };
  });
}

/** For each stage that went on: the steps that were done once more. */
function repeatedWork(before: readonly Step[], after: readonly Step[]): readonly Work[] {
  return OUTS.flatMap((name) => {
    const done = new Map(before.flatMap((step) => (step.name === name ? [[step.step, step]] : [])));
    const again = after.filter((step) => step.name === name && done.has(step.step));
    if (done.size === 0 || !after.some((step) => step.name === name)) return [];
    const milliseconds = again.reduce(
      (sum, { step }) => sum + (done.get(step)?.milliseconds ?? 0),
      0,
    );
    return [{ steps: again.length, milliseconds }];
  });
}

/** A run that nothing disturbs; how long it took, in milliseconds. */
async function undisturbed(folder: string, root: string, input: string): Promise<number> {
  await writeRepository(folder, input);
  const started = performance.now();
  const { code, stderr } = await modelCi(folder, ['train', '--jobs', '2', '--no-cache'], {
    STEP_LOG: path.join(root, 'calm.log'),
  });
  if (code !== 0) throw new Error(`the undisturbed run failed: ${stderr}`);
  return performance.now() - started;
}

/** How many outs differ from those of a run that nothing disturbed. */
async function damagedOuts(folder: string, calm: string): Promise<number> {
  const differ = await Promise.all(
    OUTS.map(async (name) => {
      const [one, other] = await Promise.all(
        [folder, calm].map((where) => readFile(path.join(where, name), 'utf8').catch(() => '')),
      );
      return one === other && one !== '' ? 0 : 1;
    }),
  );
  return differ.reduce<number>((sum, one) => sum + one, 0);
}
