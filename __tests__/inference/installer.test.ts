import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EnvironmentError } from '../../src/errors.ts';
import { installPackages, isInstalled } from '../../src/inference/installer.ts';
import { publish, serve, type Published } from './package-registry.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tool cache '));
let one: Published;
let two: Published;
let registry: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  one = publish(folder, 'runtime-one', {
    'index.js': 'module.exports = 1;',
    'bin/linux/x64/lib.node': 'binary',
    'bin/win32/x64/lib.node': 'binary',
  });
  two = publish(folder, 'runtime-two', { 'index.js': 'module.exports = 2;' });
  registry = await serve([one, two]);
});

afterAll(async () => {
  await registry.close();
});

function environment(address: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    npm_config_registry: address,
    npm_config_cache: mkdtempSync(path.join(folder, 'npm-cache-')),
    npm_config_fetch_retries: '0',
    npm_config_audit: 'false',
  };
}

const installation = (target: string, packages: readonly Published[] = [one, two]) => ({
  packages: packages.map((pinned) => ({
    ...pinned,
    wants: (name: string) => !name.startsWith('bin/') || name.startsWith('bin/linux/'),
  })),
  folder: target,
  environment: environment(registry.address),
});

describe('installPackages', () => {
  test('puts what is wanted into place, whole', async () => {
    const target = path.join(folder, 'a', '1.0.0', 'linux-x64');
    expect(await isInstalled(target)).toBe(false);
    await installPackages(installation(target));
    expect(await isInstalled(target)).toBe(true);
    const modules = path.join(target, 'node_modules');
    expect(readFileSync(path.join(modules, 'runtime-two', 'index.js'), 'utf8')).toContain('2');
    expect(readdirSync(path.join(modules, 'runtime-one', 'bin'))).toEqual(['linux']);
    expect(readdirSync(path.dirname(target))).toEqual(['linux-x64']);
  });

  test('three jobs at once end with one whole folder', async () => {
    const target = path.join(folder, 'b', '1.0.0', 'linux-x64');
    await Promise.all([1, 2, 3].map(() => installPackages(installation(target))));
    expect(await isInstalled(target)).toBe(true);
    expect(readdirSync(path.dirname(target))).toEqual(['linux-x64']);
  });

  test('replaces what a killed job left', async () => {
    const target = path.join(folder, 'c', '1.0.0', 'linux-x64');
    mkdirSync(path.join(target, 'node_modules', 'runtime-one'), { recursive: true });
    writeFileSync(path.join(target, 'node_modules', 'runtime-one', 'half'), '');
    await installPackages(installation(target));
    expect(await isInstalled(target)).toBe(true);
    expect(existsSync(path.join(target, 'node_modules', 'runtime-one', 'half'))).toBe(false);
  });

  test('refuses other bytes than the pinned ones, and leaves nothing', async () => {
    const target = path.join(folder, 'd', '1.0.0', 'linux-x64');
    const pinned = { ...one, integrity: two.integrity };
    const install = installPackages(installation(target, [pinned]));
    await expect(install).rejects.toThrow(EnvironmentError);
    await expect(install).rejects.toThrow(/other bytes than were published/);
    expect(readdirSync(path.dirname(target))).toEqual([]);
  });

  test('no network: says what to do', async () => {
    const target = path.join(folder, 'e', '1.0.0', 'linux-x64');
    const unreachable = {
      ...installation(target),
      environment: environment('http://127.0.0.1:9/'),
    };
    await expect(installPackages(unreachable)).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringContaining('runtime-one@1.0.0 cannot be downloaded'),
      hint: expect.stringContaining("set input 'runtime' to a local copy"),
    });
    expect(readdirSync(path.dirname(target))).toEqual([]);
  });
});
