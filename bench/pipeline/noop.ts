/**
 * What a run costs in which nothing changed, beside DVC, and restoring 5 GB of weights by link.
 * After npm run build and scripts/peers/dvc.sh: tsx bench/pipeline/noop.ts [RUNS] [FOLDER]
 * Prints JSON: seconds (median, least, most), the ratio of the medians, and peak memory in MB.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [runs = '5', base = tmpdir()] = process.argv.slice(2);
const root = fileURLToPath(new URL('../..', import.meta.url));
const dvc = path.join(root, '.peers/dvc/bin/dvc');
const cli = process.env.MODEL_CI_CLI ?? path.join(root, 'dist/cli/index.js');
const folder = mkdtempSync(path.join(base, 'model-ci-bench-'));

interface Ran {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Runs a command and watches the peak of its memory. */
async function ran(workspace: string, command: readonly string[]): Promise<Ran> {
  const start = performance.now();
  const [program = '', ...rest] = command;
  const env = { ...process.env, DVC_NO_ANALYTICS: '1' };
  const child = spawn(program, rest, { cwd: workspace, stdio: 'ignore', env });
  let peak = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 10);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${String(code)}`);
  return { seconds: (performance.now() - start) / 1000, megabytes: peak / 1024 };
}

function told(all: readonly Ran[]) {
  const seconds = all.map((one) => one.seconds).toSorted((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)] ?? 0;
  const megabytes = Math.round(Math.max(...all.map((one) => one.megabytes)));
  return { median, least: seconds[0], most: seconds.at(-1), megabytes };
}

const train = (...more: string[]) => [process.execPath, cli, 'train', ...more];

async function compare(name: string, workspace: string): Promise<void> {
  execFileSync('git', ['init', '--quiet'], { cwd: workspace });
  await ran(workspace, [dvc, 'init', '--quiet', '--force']);
  await ran(workspace, train('--no-cache'));
  await ran(workspace, [dvc, 'repro', '--quiet']);
  const [ours, theirs]: [Ran[], Ran[]] = [[], []];
  for (let run = 0; run < Number(runs); run++) {
    ours.push(await ran(workspace, train('--no-cache')));
    theirs.push(await ran(workspace, [dvc, 'repro', '--quiet']));
  }
  const [modelCi, peer] = [told(ours), told(theirs)];
  console.log(JSON.stringify({ name, modelCi, dvc: peer, ratio: peer.median / modelCi.median }));
}

async function stages(): Promise<void> {
  const workspace = path.join(folder, 'stages');
  mkdirSync(workspace);
  const lines = Array.from({ length: 1000 }, (_, index) => {
    const dep = index % 10 === 0 ? 'in.txt' : `o${index - 1}.txt`;
    const out = `o${index}.txt`;
    return `  s${index}:\n    cmd: cp ${dep} ${out}\n    deps: [${dep}]\n    outs: [${out}]\n`;
  });
  writeFileSync(path.join(workspace, 'dvc.yaml'), `stages:\n${lines.join('')}`);
  writeFileSync(path.join(workspace, 'in.txt'), 'in\n');
  await compare('no-op, 1,000 stages', workspace);
}

/** 10,000 files of 10 GB in all, sparse: each a dependency of its own, or one folder of them. */
async function files(): Promise<void> {
  const workspace = path.join(folder, 'files');
  mkdirSync(path.join(workspace, 'data'), { recursive: true });
  const names = Array.from({ length: 10_000 }, (_, index) => `data/${index}.bin`);
  for (const [index, name] of names.entries()) {
    writeFileSync(path.join(workspace, name), String(index));
    truncateSync(path.join(workspace, name), 1_000_000);
  }
  const each = Array.from({ length: 100 }, (_, index) => {
    const deps = names.slice(index * 100, index * 100 + 100);
    return `  s${index}:\n    cmd: echo > o${index}\n    deps: [${deps.join(', ')}]\n    outs: [o${index}]\n`;
  });
  writeFileSync(path.join(workspace, 'dvc.yaml'), `stages:\n${each.join('')}`);
  await compare('no-op, 10,000 files of 10 GB, dependencies of 100 stages', workspace);
  const one = 'stages:\n  s:\n    cmd: ls data > out\n    deps: [data]\n    outs: [out]\n';
  // Entries of stages that are gone stay in the lock, and take DVC seconds to read.
  rmSync(path.join(workspace, 'dvc.lock'));
  writeFileSync(path.join(workspace, 'dvc.yaml'), one);
  await compare('no-op, 10,000 files of 10 GB, one folder', workspace);
  rmSync(workspace, { recursive: true });
}

async function restore(): Promise<void> {
  const workspace = path.join(folder, 'first');
  mkdirSync(workspace);
  const make = 'for i in 1 2 3 4 5; do echo $i > w$i.bin; truncate -s 1000000000 w$i.bin; done';
  const outs = 'w1.bin, w2.bin, w3.bin, w4.bin, w5.bin';
  const stage = `stages:\n  s:\n    cmd: ${make}\n    deps: [in]\n    outs: [${outs}]\n`;
  writeFileSync(path.join(workspace, 'dvc.yaml'), stage);
  writeFileSync(path.join(workspace, 'in'), 'in\n');
  const machine = ['--machine-cache', path.join(folder, 'machine')];
  await ran(workspace, train(...machine));
  const all: Ran[] = [];
  for (let run = 0; run < Number(runs); run++) {
    const other = path.join(folder, `job-${run}`);
    mkdirSync(other);
    for (const name of ['dvc.yaml', 'dvc.lock', 'in']) {
      writeFileSync(path.join(other, name), readFileSync(path.join(workspace, name)));
    }
    all.push(await ran(other, train(...machine)));
  }
  console.log(JSON.stringify({ name: 'restore 5 GB by link, whole command', modelCi: told(all) }));
}

try {
  await stages();
  await files();
  await restore();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
