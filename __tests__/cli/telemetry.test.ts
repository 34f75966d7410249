import { expect, test } from '@jest/globals';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linear } from '../evaluation/models.ts';
import { Repository, runtime } from '../evaluation/repository.ts';
import { fitRig, specText } from './fit-rig.ts';
import { modelCi } from './model-ci.ts';

/** What `model-ci` leaves in the home folder of whoever runs it. */
async function leftAtHome(folder: string, command: readonly string[]): Promise<string[]> {
  const home = await mkdtemp(path.join(tmpdir(), 'home '));
  const { code, stderr } = await modelCi(folder, [...command, '--runtime', runtime], {
    HOME: home,
    // In CI it reports nothing anyway.
    CI: '',
    // Where it is told to keep its own things.
    RUNNER_TOOL_CACHE: await mkdtemp(path.join(tmpdir(), 'tools ')),
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return readdir(home, { recursive: true });
}

// On Linux, ONNX Runtime prepares to report as soon as it is loaded, unless it is told not to.
const reported = expect.stringContaining('Microsoft') as unknown;

test('fit lets ONNX Runtime report nothing', async () => {
  const { folder } = await fitRig();
  // Long enough for it to get that far.
  await writeFile(path.join(folder, 'fit.yaml'), specText({ epochs: '2000' }));
  expect(await leftAtHome(folder, ['fit'])).not.toContainEqual(reported);
});

test('evaluate lets ONNX Runtime report nothing', async () => {
  const model = linear([
    [-1, 1],
    [1, -1],
  ]);
  const { folder } = await Repository.create(model);
  expect(await leftAtHome(folder, ['evaluate', '--baseline', 'none'])).not.toContainEqual(reported);
});
