import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { run as registerRun } from '../../src/actions/register-snapshot/run.ts';
import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import type { RegistryStep } from '../../src/registry/registry.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import { startOciRegistry, type OciRegistry } from '../services/oci/registry.ts';
import { Clone, POLICY } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

const FIRST = 'digits@v1.0.0';

/** Sets the clock and leaves timers alone. */
function setClock(now: number): void {
  jest.useFakeTimers({
    now,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

describe.each(['a directory', 'an OCI registry'])('a registration in %s', (store) => {
  let clone: Clone;
  let registry: OciRegistry | undefined;
  beforeEach(async () => {
    registry = store === 'a directory' ? undefined : await startOciRegistry();
    clone = await Clone.create(
      registry ? POLICY.replace('../store', `oci://${registry.host}/lab/models`) : POLICY,
    );
    clone.tag(FIRST);
  });
  afterEach(async () => {
    jest.useRealTimers();
    await registry?.close();
    await clone.remove();
  });

  const model = (name: string) => path.join(clone.workspace, 'models/digits', name);
  const branches = () => clone.git('ls-remote', '--heads', 'origin');

  async function registerWhile(version: string, step: RegistryStep, change: () => void) {
    const inputs = readInputs(registerSnapshot.inputs, new Map([['version', version]]));
    await registerRun(inputs, clone.ports(), (reached) => {
      if (reached === step) change();
    });
  }

  test.each([
    ['a link to a file', () => symlink(model('model.onnx'), model('link.onnx'))],
    ['a link to a folder', () => symlink('/etc', model('link'))],
    ['a link to nothing', () => symlink('/nowhere', model('link'))],
    ['a device by a link', () => symlink('/dev/zero', model('zero.onnx'))],
    ['a pipe', () => Promise.resolve(execFileSync('mkfifo', [model('pipe.onnx')]))],
  ])('refuses %s and stores nothing', async (_, make) => {
    await make();
    await expect(register(clone, FIRST)).rejects.toThrow(/which is not a regular file/);
    expect(branches()).not.toContain('model-registry');
    if (registry) expect([...registry.repository('lab/models/digits').tags]).toEqual([]);
    else expect(readdirSync(clone.root)).not.toContain('store');
  });

  test('refuses a file that changes after it was hashed, and registers it once it rests', async () => {
    const change = () => {
      writeFileSync(model('model.onnx'), 'other weights, of any length');
    };
    await expect(registerWhile(FIRST, 'store', change)).rejects.toThrow(/model\.onnx/);
    expect(branches()).not.toContain('model-registry');
    writeFileSync(model('model.onnx'), 'first weights');
    await register(clone, FIRST);
    expect((await verify(clone, FIRST)).report.passed).toBe(true);
    expect((await fsck(clone)).report.passed).toBe(true);
  });

  test('keeps its order where the clock runs back', async () => {
    await register(clone, FIRST);
    setClock(Date.now() - 40 * 24 * 3600 * 1000);
    await clone.write('models/digits/model.onnx', 'second weights');
    clone.commit('Second');
    clone.tag('digits@v2.0.0', 'digits#production#1');
    await register(clone, 'digits@v2.0.0');
    await register(clone, 'digits#production#1');
    jest.useRealTimers();
    await fsck(clone, { prune: 'true', repair: 'true' });
    const { result, report } = await fsck(clone);
    expect(report.passed).toBe(true);
    expect(result).toMatchObject({ versions: 2, problems: [] });
    for (const [asked, version] of [
      [FIRST, 'v1.0.0'],
      ['digits', 'v2.0.0'],
      ['digits#production', 'v2.0.0'],
    ] as const) {
      const { report: verified } = await verify(clone, asked);
      expect(verified.passed).toBe(true);
      expect(verified.text).toContain(version);
    }
  });
});
