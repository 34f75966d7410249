import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelCi } from '../../cli/model-ci.ts';
import { Dvc, isInstalled } from './dvc.ts';
import { examples } from './examples/index.ts';
import { applyChange, contents, makeRepository, type Example } from './repository.ts';

let root: string;
let dvc: Dvc;

beforeAll(async () => {
  if (!isInstalled) throw new Error('the real DVC is not here: run scripts/peers/dvc.sh first');
  root = await mkdtemp(path.join(tmpdir(), 'model-ci-dvc-'));
  dvc = new Dvc();
});

afterAll(async () => {
  await dvc.stop();
  await rm(root, { recursive: true, force: true });
});

type Tool = 'dvc' | 'model-ci';

/** Runs the pipeline by one of the tools; returns the stages whose commands ran, sorted. */
async function reproduce(folder: string, tool: Tool): Promise<readonly string[]> {
  const log = `${folder}.log`;
  await writeFile(log, '');
  if (tool === 'dvc') {
    const { code, output } = await dvc.run(folder, ['repro'], { STAGE_LOG: log });
    if (code !== 0) throw new Error(`dvc repro: ${output}`);
  } else {
    // One after the other, as DVC runs them: the order is that of the lines in .gitignore.
    const command = ['train', '--no-cache', '--jobs', '1'];
    const { code, stdout, stderr } = await modelCi(folder, command, { STAGE_LOG: log });
    if (code !== 0) throw new Error(`model-ci train: ${stdout}${stderr}`);
  }
  const text = await readFile(log, 'utf8');
  return text.split('\n').filter(Boolean).toSorted();
}

const lockOf = (folder: string) => readFile(path.join(folder, 'dvc.lock'), 'utf8');

/** What a person, Git and the other tool see; not the tools' own notes. */
const PRIVATE = ['.git', '.dvc/tmp', '.model-ci', '.dvc/cache/files/tmp'];

/** Two copies of an example, each the work of one tool. */
async function copiesOf(example: Example): Promise<Record<Tool, string>> {
  const base = path.join(root, String(examples.indexOf(example)));
  await makeRepository(path.join(base, 'origin'), example);
  const { code, output } = await dvc.run(path.join(base, 'origin'), ['init', '--quiet']);
  if (code !== 0) throw new Error(output);
  const folders = { dvc: path.join(base, 'dvc'), 'model-ci': path.join(base, 'model-ci') };
  for (const folder of Object.values(folders)) {
    await cp(path.join(base, 'origin'), folder, { recursive: true });
  }
  return folders;
}

const otherOf = (tool: Tool): Tool => (tool === 'dvc' ? 'model-ci' : 'dvc');

describe.each(examples)('$name', (example) => {
  const restless = (example.restless ?? []).toSorted();
  let folders: Record<Tool, string>;

  beforeAll(async () => {
    folders = await copiesOf(example);
  });

  test('a first run makes the same lock, outs, ignored files and cache', async () => {
    const byDvc = await reproduce(folders.dvc, 'dvc');
    const byModelCi = await reproduce(folders['model-ci'], 'model-ci');
    expect(byModelCi).toEqual(byDvc);
    expect(await lockOf(folders['model-ci'])).toBe(await lockOf(folders.dvc));
    expect(await contents(folders['model-ci'], PRIVATE)).toEqual(
      await contents(folders.dvc, PRIVATE),
    );
  });

  test('each takes the work of the other for done', async () => {
    const status = await dvc.run(folders['model-ci'], ['status', '--json']);
    const changed = Object.keys(JSON.parse(status.output.split('\n').at(-2) ?? '') as object);
    expect(changed.toSorted()).toEqual(restless);
    for (const made of ['dvc', 'model-ci'] as const) {
      const lock = await lockOf(folders[made]);
      expect(await reproduce(folders[made], otherOf(made))).toEqual(restless);
      expect(await lockOf(folders[made])).toBe(lock);
    }
  });

  test('after each change both run the same stages, taking turns on the same folders', async () => {
    for (const [index, change] of example.changes.entries()) {
      const byDvc: Tool = index % 2 === 0 ? 'model-ci' : 'dvc';
      for (const folder of Object.values(folders)) await applyChange(folder, change);
      const ranByDvc = await reproduce(folders[byDvc], 'dvc');
      const ranByModelCi = await reproduce(folders[otherOf(byDvc)], 'model-ci');
      expect({ change, ran: ranByModelCi }).toEqual({ change, ran: ranByDvc });
      expect(await lockOf(folders['model-ci'])).toBe(await lockOf(folders.dvc));
    }
  });

  test('a deleted out comes back from the cache of the other, or is made again', async () => {
    const before = await contents(folders.dvc, PRIVATE);
    for (const folder of Object.values(folders)) {
      for (const out of example.restorable ?? []) await applyChange(folder, { remove: out });
    }
    const byModelCi = await reproduce(folders.dvc, 'model-ci');
    const byDvc = await reproduce(folders['model-ci'], 'dvc');
    expect(byModelCi).toEqual(byDvc);
    expect(await contents(folders.dvc, PRIVATE)).toEqual(before);
    expect(await contents(folders['model-ci'], PRIVATE)).toEqual(before);
  });
});
