import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { audit } from '../../src/cli/audit/use-case.ts';
import { diff } from '../../src/cli/diff/use-case.ts';
import { history } from '../../src/cli/history/use-case.ts';
import { ls } from '../../src/cli/ls/use-case.ts';
import { show } from '../../src/cli/show/use-case.ts';
import { readInputs, type InputSpecs } from '../../src/runner/inputs.ts';
import type { Report, UseCase } from '../../src/runner/use-case.ts';
import { Clone } from './clone.ts';
import { register } from './commands.ts';

let clone: Clone;
beforeAll(async () => {
  clone = await Clone.create();
  for (const version of ['v1.0.0', 'v1.1.0']) {
    await clone.write('models/digits/model.onnx', `weights of ${version}`);
    clone.commit(version);
    clone.tag(`digits@${version}`);
    await register(clone, `digits@${version}`);
  }
  clone.git('tag', 'digits#production#1', 'digits@v1.0.0^{commit}');
  clone.git('push', '--quiet', 'origin', 'refs/tags/digits#production#1');
  await register(clone, 'digits#production#1');
}, 60_000);
afterAll(() => clone.remove());

async function look<S extends InputSpecs, R>(
  command: UseCase<S, R>,
  given: Readonly<Record<string, string>> = {},
  from = clone,
): Promise<Report> {
  const inputs = readInputs(command.inputs, new Map(Object.entries(given)));
  return command.report(await command.run(inputs, from.ports()));
}

describe('looking into the ledger', () => {
  test('ls tells the latest version and every environment', async () => {
    const { json, text } = await look(ls);
    expect(json).toMatchObject({
      models: [
        {
          model: 'digits',
          latest: 'v1.1.0',
          environments: { production: 'v1.0.0' },
          retired: false,
          versions: [{ version: 'v1.0.0' }, { version: 'v1.1.0' }],
        },
      ],
    });
    expect(text.split('\n')).toEqual([
      '1 model',
      'model   latest  versions  #production',
      'digits  v1.1.0  2         v1.0.0',
    ]);
  });

  test('show tells what a version is and where it stands', async () => {
    const { headline, text } = await look(show, { version: 'digits#production' });
    expect(headline).toBe('digits@v1.0.0');
    expect(text).toMatch(/environments +production/);
    expect(text).toMatch(/model\.onnx +sha256:[0-9a-f]{12} 17 B/);
  });

  test('history tells what happened, in order', async () => {
    const { json } = await look(history, { model: 'digits' });
    expect(json).toMatchObject({
      events: [
        { action: 'register', version: 'v1.0.0' },
        { action: 'register', version: 'v1.1.0' },
        { action: 'assign', version: 'v1.0.0', environment: 'production' },
      ],
    });
  });

  test('diff tells which files differ', async () => {
    const { headline, json } = await look(diff, { versions: 'digits@v1.0.0\ndigits' });
    expect(headline).toBe('1 of the files of digits@v1.0.0 and digits@v1.1.0 differ');
    expect(json).toMatchObject({ changes: [{ name: 'model.onnx' }] });
    const same = await look(diff, { versions: 'digits#production\ndigits@v1.0.0' });
    expect(same.headline).toContain('have the same files');
    await expect(look(diff, { versions: 'digits' })).rejects.toThrow(/two versions/);
  });

  test('audit tells who decided what', async () => {
    const { passed, json } = await look(audit, { model: 'digits' });
    expect(passed).toBe(true);
    expect(json).toMatchObject({
      lines: [
        {
          user: 'ada',
          action: 'register',
          resource: 'digits@v1.0.0',
          result: 'ok',
          previous: null,
        },
        { action: 'register', resource: 'digits@v1.1.0' },
        { action: 'assign', resource: 'digits#production' },
      ],
      brokenAt: null,
    });
    expect((await look(audit, { model: 'other' })).headline).toBe('0 decisions');
  });

  test('an empty ledger is no error', async () => {
    const empty = await Clone.create();
    expect((await look(ls, {}, empty)).text.trim()).toBe('no model is registered');
    expect((await look(history, {}, empty)).headline).toBe('nothing happened yet');
    expect((await look(audit, {}, empty)).passed).toBe(true);
    await expect(look(show, { version: 'digits' }, empty)).rejects.toThrow(/is not registered/);
    await empty.remove();
  });
});
