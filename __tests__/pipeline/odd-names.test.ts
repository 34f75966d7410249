import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runStep } from '../services/runner.ts';

const entry = [
  '--import',
  fileURLToPath(import.meta.resolve('tsx')),
  fileURLToPath(new URL('../../src/actions/train/index.ts', import.meta.url)),
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'odd names '));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

let count = 0;
async function train(stages: object) {
  const workspace = path.join(root, String(count++));
  await mkdir(workspace);
  await writeFile(path.join(workspace, 'dvc.yaml'), JSON.stringify({ stages }));
  const temporary = path.join(root, 'temp');
  const inputs = { cache: 'false', jobs: '2' };
  return { workspace, ...(await runStep({ entry, workspace, temporary, inputs })) };
}

const NAMES = [
  '$(touch pwned)',
  '`touch pwned`; "\'',
  '::error::obey',
  '##[error]obey',
  '../../outside',
  '| a | <img src=x> @somebody [x](javascript:x)',
  'žluť 🐎',
];

test('names of stages are text to shells, logs, summaries and pages', async () => {
  const stages = Object.fromEntries(
    NAMES.map((name, index) => [
      name,
      {
        cmd: `printf %s "$DVC_STAGE" > out${index}; echo said`,
        outs: [`out${index}`],
        meta: { 'model-ci': { checkpoint: `state${index}` } },
      },
    ]),
  );
  const { workspace, exitCode, commands, summary } = await train(stages);
  expect(exitCode).toBe(0);
  for (const [index, name] of NAMES.entries()) {
    expect(await readFile(path.join(workspace, `out${index}`), 'utf8')).toBe(name);
  }
  expect(existsSync(path.join(workspace, 'pwned'))).toBe(false);
  expect(commands.filter(({ name }) => name === 'error')).toEqual([]);
  // Inline code is text, and so is the source of the graph.
  const [table = ''] = summary.split('<details>');
  expect(table.replace(/`.*?`/g, '')).not.toMatch(/<img|@somebody|javascript/);
  expect(summary).toContain('#60;img src#61;x#62;');
  const page = await readFile(path.join(workspace, '.model-ci/reports/train.html'), 'utf8');
  expect(page).not.toContain('<img src=x>');
}, 60_000);

test.each([
  ['a\nb', 'control characters'],
  ['a\u001b[2Jb', 'control characters'],
  ['', 'empty'],
])('the name %j is refused', async (name, message) => {
  const { exitCode, log } = await train({ [name]: { cmd: 'true' } });
  expect(exitCode).toBe(1);
  expect(log).toContain(message);
  // eslint-disable-next-line no-control-regex
  expect(log).not.toMatch(/\u001b\[2J/);
});

test('a command with a NUL is refused', async () => {
  const { exitCode, log } = await train({ a: { cmd: 'echo \0' } });
  expect(exitCode).toBe(1);
  expect(log).toContain('has a NUL in it');
});
