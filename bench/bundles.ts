/**
 * Size and cold start of every bundle: from the start of Node until an action has loaded, read its
 * inputs and refused one that does not exist; for the CLI, until `--version` is printed; for a
 * client, which a step loads only when it calls it, until it has loaded.
 *
 *   npx tsx bench/bundles.ts            # with this Node
 *   npx -p node@24 -- node --import tsx bench/bundles.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { columns } from '../src/report/text.ts';

const RUNS = 10;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'bundles-'));

interface Subject {
  readonly name: string;
  readonly script: string;
  readonly arguments: readonly string[];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

function start({ script, arguments: arguments_ }: Subject): number {
  const environment = { PATH: process.env.PATH, INPUT_NOTHING: 'x', GITHUB_WORKSPACE: folder };
  const began = performance.now();
  spawnSync(process.execPath, [script, ...arguments_], { env: environment, cwd: folder });
  return performance.now() - began;
}

function size(bundle: string, all: boolean): number {
  return readdirSync(bundle)
    .filter((name) => (all ? name.endsWith('.js') : name === 'index.js'))
    .reduce((sum, name) => sum + statSync(path.join(bundle, name)).size, 0);
}

const megabytes = (count: number) => `${(count / 1e6).toFixed(2)} MB`;
const milliseconds = (count: number) => `${count.toFixed(0)} ms`;

const empty = path.join(folder, 'empty.mjs');
writeFileSync(empty, '');
const subjects: Subject[] = [
  { name: 'an empty script', script: empty, arguments: [] },
  ...readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'index.js')
    .map((file) => path.dirname(file))
    .toSorted()
    .map((name) => ({
      name,
      script: path.join(dist, name, 'index.js'),
      arguments: name === 'cli' ? ['--version'] : [],
    })),
];

const times = new Map(subjects.map((subject) => [subject, [] as number[]]));
// In turns, so that a slow moment of the machine falls on all of them.
for (let run = 0; run <= RUNS; run++) {
  for (const [subject, measured] of times) {
    const time = start(subject);
    if (run > 0) measured.push(time);
  }
}

const rows = subjects.map((subject) => {
  const measured = times.get(subject) ?? [];
  const bundle = path.dirname(subject.script);
  const known = subject.script !== empty;
  return [
    subject.name,
    known ? megabytes(size(bundle, false)) : '',
    known ? megabytes(size(bundle, true)) : '',
    milliseconds(median(measured)),
    `${milliseconds(Math.min(...measured))} to ${milliseconds(Math.max(...measured))}`,
  ];
});
const titles = ['bundle', 'index.js', 'with lazy parts', 'cold start', 'spread'];
process.stdout.write(`Node ${process.version}, median of ${RUNS}\n`);
process.stdout.write(`${columns([titles, ...rows], [1, 2, 3])}\n`);
rmSync(folder, { recursive: true });
