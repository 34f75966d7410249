import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Clone } from './clone.ts';
import { fsck, verify } from './commands.ts';

const WRITERS = 8;
const child = path.resolve('__tests__/registry/register-until.ts');
const tsx = path.resolve('node_modules/tsx/dist/loader.mjs');

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create();
});
afterEach(() => clone.remove());

/** Writers that share a `temporary` folder queue up there, as those of one machine do. */
async function registerIn(workspace: string, tag: string, temporary: string): Promise<string> {
  const process_ = spawn(process.execPath, ['--import', tsx, child, tag, '0'], {
    cwd: workspace,
    env: { ...process.env, TMPDIR: temporary },
  });
  let said = '';
  process_.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  const [code] = (await once(process_, 'close')) as [number];
  return code === 0 ? 'ok' : said;
}

describe('writers at once', () => {
  test.each([
    ['on one machine', false],
    ['on machines of their own', true],
  ])('%s register a version each: all are there, in one line', async (_where, apart) => {
    const writers: { workspace: string; tag: string }[] = [];
    for (let index = 0; index < WRITERS; index++) {
      const other = clone.another(`writer-${index}`);
      await other.write('models/digits/model.onnx', `weights of writer ${index}`);
      other.git('commit', '--quiet', '--all', '--message', `Writer ${index}`);
      other.tag(`digits@v${index}.0.0`);
      writers.push({ workspace: other.workspace, tag: `digits@v${index}.0.0` });
    }
    const results = await Promise.all(
      writers.map(({ workspace, tag }) =>
        registerIn(workspace, tag, apart ? workspace : clone.root),
      ),
    );
    expect(results).toEqual(writers.map(() => 'ok'));
    expect(clone.ledgerLog().toSorted()).toEqual(
      writers.map(({ tag }) => `Register ${tag}`).toSorted(),
    );
    expect((await fsck(clone)).result).toMatchObject({ versions: WRITERS, problems: [] });
    expect((await verify(clone, 'digits')).result.record.version).toBe(`v${WRITERS - 1}.0.0`);
  });

  test('register the same version from one clone: once is enough', async () => {
    clone.tag('digits@v1.0.0');
    const attempts = Array.from({ length: WRITERS }, () =>
      registerIn(clone.workspace, 'digits@v1.0.0', clone.root),
    );
    expect(await Promise.all(attempts)).toEqual(attempts.map(() => 'ok'));
    expect(clone.ledgerLog()).toEqual(['Register digits@v1.0.0']);
    expect((await fsck(clone)).result.problems).toEqual([]);
  });
});
