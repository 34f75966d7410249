import { expect, test } from '@jest/globals';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionsLayer } from '../../src/actions/train/actions-cache.ts';
import { md5Digest } from '../../src/pipeline/pipeline-cache.ts';
import type { Cache, Log, Ports } from '../../src/runner/ports.ts';
import { encodedOf } from '../../src/store/digest.ts';
import { hashBytes } from '../../src/store/hash.ts';
import { SealedFolder } from '../../src/store/sealed-folder.ts';
import { startResults } from '../services/results.ts';
import { runStep } from '../services/runner.ts';
import { perTest } from '../services/temporary.ts';

const entry = [
  '--import',
  fileURLToPath(import.meta.resolve('tsx')),
  fileURLToPath(new URL('../../src/actions/train/index.ts', import.meta.url)),
];
const { folder, keep } = perTest();

test('a job on another machine restores from the Actions cache what an earlier one made', async () => {
  const root = await folder('model-ci-');
  const workspace = path.join(root, 'workspace');
  const service = keep(await startResults(path.join(root, 'blobs')));
  const times = path.join(root, 'times');
  const stage = {
    cmd: `echo once >> ${times} && mkdir out && cp in out/a && echo other > out/b`,
    deps: ['in'],
    outs: ['out'],
  };
  const job = async (machine: string) => {
    await rm(workspace, { recursive: true, force: true });
    await mkdir(workspace);
    await writeFile(path.join(workspace, 'in'), 'in');
    await writeFile(path.join(workspace, 'dvc.yaml'), JSON.stringify({ stages: { stage } }));
    return runStep({
      entry,
      workspace,
      temporary: path.join(root, 'temp'),
      environment: { ...service.environment(), RUNNER_TOOL_CACHE: path.join(root, machine) },
    });
  };
  expect((await job('machine 1')).outputs).toMatchObject({ ran: 'stage', unchanged: '' });
  const keys = service.cacheEntries.map(({ key }) => key);
  expect(keys).toEqual([
    expect.stringMatching(/^model-ci-out-[0-9a-f]{32}\.dir$/),
    expect.stringMatching(/^model-ci-runs-/),
  ]);
  const second = await job('machine 2');
  expect(second.outputs).toMatchObject({ ran: '', unchanged: 'stage' });
  expect(second.summary).toContain('the Actions cache');
  expect(await readFile(path.join(workspace, 'out', 'a'), 'utf8')).toBe('in');
  expect((await readdir(path.join(workspace, 'out'))).toSorted()).toEqual(['a', 'b']);
  expect(await readFile(times, 'utf8')).toBe('once\n');
}, 60_000);

test('bytes that are not those of their name are not taken in', async () => {
  const workspace = await folder('workspace ');
  const [good, bad] = [hashBytes('good', 'md5'), hashBytes('what was made', 'md5')];
  const warnings: string[] = [];
  // An entry as somebody else may have put it there.
  const cache: Cache = {
    async restore([parcel = ''], key) {
      await mkdir(path.join(workspace, parcel), { recursive: true });
      await writeFile(path.join(workspace, parcel, encodedOf(good)), 'good');
      await writeFile(path.join(workspace, parcel, encodedOf(bad)), 'something else');
      await cp(path.join(workspace, parcel), path.join(workspace, 'seen'), { recursive: true });
      return key;
    },
    save: () => Promise.resolve(),
  };
  const log = { warning: (message: string) => void warnings.push(message) } as unknown as Log;
  const layer = actionsLayer({ cache, workspace, log } as Ports);
  const files = new SealedFolder(path.join(workspace, 'files'));
  await layer.fetch(md5Digest(encodedOf(bad)), [bad, good], files);
  expect([await files.has(bad), await readdir(path.join(workspace, 'seen'))]).toEqual([
    false,
    [encodedOf(good), encodedOf(bad)].toSorted(),
  ]);
  expect(warnings).toEqual([expect.stringContaining('is not used')]);
});
