/**
 * One model from its first training to a refused tampering, with the commands a user would type:
 * a fresh Git repository made from examples/digits, with a bare remote and a store beside it.
 * Everything lands in demo-report/; look around in demo-report/digits afterwards.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { parseDocument } from 'yaml';
import { columns } from '../src/report/text.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const report = path.join(root, 'demo-report');
const repository = path.join(report, 'digits');
const remote = path.join(report, 'remote.git');
const store = path.join(report, 'store');
const cli = path.join(root, 'dist', 'cli', 'index.js');

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
}

const steps: Step[] = [];

async function step(name: string, work: () => Promise<void> | void): Promise<void> {
  process.stdout.write(`\n${pc.bold(pc.cyan(`▸ ${name}`))}\n`);
  const start = performance.now();
  let ok = false;
  try {
    await work();
    ok = true;
  } finally {
    steps.push({ name, ok, seconds: Math.round(performance.now() - start) / 1000 });
  }
}

function git(...arguments_: string[]): void {
  execFileSync('git', arguments_, { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Types one command, shows what it prints, and insists on its exit code. */
function modelCi(arguments_: readonly string[], exit = 0): void {
  process.stdout.write(pc.dim(`$ model-ci ${arguments_.join(' ')}\n`));
  const { status } = spawnSync(process.execPath, [cli, ...arguments_], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== exit) throw new Error(`exit code ${String(status)} where ${exit} was expected`);
}

async function makeRepository(): Promise<void> {
  await rm(report, { recursive: true, force: true });
  await mkdir(report, { recursive: true });
  const source = path.join(root, 'examples', 'digits');
  const made = new Set(['node_modules', '.model-ci', 'dvc.lock', 'metrics']);
  await cp(source, repository, {
    recursive: true,
    filter: (file) => !made.has(path.basename(file)) && !/\.(npz|onnx)$/.test(file),
  });
  // In a repository of its own this is `npm ci`; here the packages are already installed.
  await symlink(path.join(root, 'node_modules'), path.join(repository, 'node_modules'));
  execFileSync('git', ['init', '--quiet', '--bare', remote]);
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Demo');
  git('config', 'user.email', 'demo@example.com');
  git('remote', 'add', 'origin', remote);
  commit('Start from the digits example');
}

function commit(message: string): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  git('push', '--quiet', 'origin', 'main');
}

/** Sets values of params.yaml and keeps its comments. */
async function setParams(values: readonly (readonly [readonly (string | number)[], unknown])[]) {
  const file = path.join(repository, 'params.yaml');
  const document = parseDocument(await readFile(file, 'utf8'));
  for (const [keys, value] of values) document.setIn(keys, value);
  await writeFile(file, document.toString());
}

const HIDDEN = ['fit', 'model', 'layers', 1, 'dense'] as const;
const EPOCHS = ['fit', 'epochs'] as const;

async function accuracy(): Promise<number> {
  const metrics = JSON.parse(
    await readFile(path.join(repository, 'metrics/test.json'), 'utf8'),
  ) as {
    accuracy: number;
  };
  return metrics.accuracy;
}

function release(version: string): void {
  commit(`Train ${version}`);
  modelCi(['lint']);
  modelCi(['evaluate', 'digits', '--store', store]);
  git('tag', version);
  git('push', '--quiet', 'origin', version);
  modelCi(['register', version, '--store', store]);
}

/** Changes one bit in the largest blob of the store: the weights. */
async function tamper(): Promise<void> {
  const names = await readdir(store, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const handle = await open(file);
        const { size } = await handle.stat();
        await handle.close();
        return { file, size };
      }),
  );
  const [largest] = files.toSorted((a, b) => b.size - a.size);
  if (!largest) throw new Error('the store is empty');
  execFileSync('chmod', ['u+w', largest.file]);
  const handle = await open(largest.file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, largest.size >> 1);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await handle.write(byte, 0, 1, largest.size >> 1);
  await handle.close();
  process.stdout.write(`one bit changed in ${path.relative(report, largest.file)}\n`);
}

async function main(): Promise<void> {
  const measured: Record<string, number> = {};
  const verify: Record<string, string> = {};
  try {
    await step('a fresh repository', makeRepository);
    await step('lint', () => {
      modelCi(['lint']);
    });
    await step('train a first version', async () => {
      await setParams([
        [HIDDEN, 16],
        [EPOCHS, 1],
      ]);
      modelCi(['train']);
      measured['v0.1.0'] = await accuracy();
    });
    await step('register digits@v0.1.0', () => {
      release('digits@v0.1.0');
    });
    await step('train a better one', async () => {
      await setParams([
        [HIDDEN, 256],
        [EPOCHS, 6],
      ]);
      modelCi(['train']);
      measured['v0.2.0'] = await accuracy();
    });
    await step('candidate against baseline', async () => {
      modelCi(['evaluate', 'digits', '--store', store]);
      const html = path.join(repository, '.model-ci', 'reports', 'evaluation.html');
      await cp(html, path.join(report, 'evaluation.html'));
    });
    await step('register digits@v0.2.0', () => {
      release('digits@v0.2.0');
    });
    await step('verify it', () => {
      modelCi(['verify', 'digits@v0.2.0', '--store', store]);
      verify.intact = 'verified';
    });
    await step('flip one bit in the store, verify again', async () => {
      await tamper();
      modelCi(['verify', 'digits@v0.2.0', '--store', store], 1);
      verify.tampered = 'refused';
    });
  } finally {
    const result = { steps, accuracy: measured, verify };
    await writeFile(path.join(report, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
    conclude(measured);
  }
}

function conclude(measured: Readonly<Record<string, number>>): void {
  const rows = steps.map(({ name, ok, seconds }) => [
    ok ? pc.green('✓') : pc.red('✗'),
    name,
    `${seconds.toFixed(1)} s`,
  ]);
  const figures = Object.entries(measured).map(([version, share]) => [
    ' ',
    `accuracy of ${version} on 2,000 held-out digits`,
    `${(share * 100).toFixed(2)} %`,
  ]);
  process.stdout.write(`\n${columns([...rows, ...figures], [2])}\n\n`);
  process.stdout.write(`The evaluation: ${path.join(report, 'evaluation.html')}\n`);
  process.stdout.write(`The repository: ${repository}\n`);
}

try {
  await main();
} catch (thrown) {
  process.stderr.write(
    `${pc.red('The demo stopped:')} ${thrown instanceof Error ? thrown.message : String(thrown)}\n`,
  );
  process.exitCode = 1;
}
