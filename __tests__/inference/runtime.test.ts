import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { thisMachine, whyNotNative } from '../../src/inference/builds.ts';
import { chooseRuntime, installRuntime } from '../../src/inference/runtime.ts';

describe('the native build', () => {
  const on = (name: string, glibc?: string) => {
    const [platform = '', arch = ''] = name.split('-');
    return whyNotNative({ platform, arch, glibc });
  };

  test.each([
    ['linux-x64', '2.28'],
    ['linux-arm64', '2.100'],
    ['darwin-arm64', undefined],
    ['win32-x64', undefined],
  ])('runs on %s with glibc %s', (name, glibc) => {
    expect(on(name, glibc)).toBeUndefined();
  });

  test.each([
    ['linux-riscv64', '2.39', 'ONNX Runtime has no binary for linux-riscv64'],
    ['darwin-x64', undefined, 'ONNX Runtime has no binary for darwin-x64'],
    ['linux-x64', undefined, 'and this machine has another C library'],
    ['linux-x64', '2.17', 'needs glibc 2.28, and this machine has 2.17'],
    ['linux-x64', '2.9', 'and this machine has 2.9'],
  ])('does not run on %s with glibc %s', (name, glibc, why) => {
    expect(on(name, glibc)).toContain(why);
  });

  test('runs on the machine of this test, as Node tells it', () => {
    expect(thisMachine()).toMatchObject({ platform: process.platform, arch: process.arch });
    expect(whyNotNative(thisMachine())).toBeUndefined();
  });
});

describe('a local copy', () => {
  const copy = (name: string) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'runtime '));
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version: '1.30.0' }));
    return folder;
  };
  const log = {} as never;
  const choose = (name: string, provider: 'cpu' | 'cuda' | 'wasm') => {
    const local = copy(name);
    return chooseRuntime({ toolCache: '/nowhere', local, log }, provider);
  };

  test('is taken where it is the build that is asked for', async () => {
    expect((await choose('onnxruntime-node', 'cuda')).fallback).toBeUndefined();
    expect((await choose('onnxruntime-web', 'wasm')).fallback).toBeUndefined();
  });

  test('of the WebAssembly build is told where a native one was asked for', async () => {
    expect((await choose('onnxruntime-web', 'cpu')).fallback).toMatch(/WebAssembly build/);
  });

  test('of another package is refused', async () => {
    await expect(choose('onnxruntime-node', 'wasm')).rejects.toThrow(
      /no.* copy of onnxruntime-web/,
    );
    await expect(choose('left-pad', 'cpu')).rejects.toThrow(/not a copy of onnxruntime-node/);
    const source = { toolCache: '/nowhere', local: copy('onnxruntime-web'), log };
    await expect(installRuntime(source)).rejects.toThrow(/not a copy of onnxruntime-node/);
  });
});
