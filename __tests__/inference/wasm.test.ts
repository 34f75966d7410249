import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataSet, readWhole } from '../../src/data/index.ts';
import { feedsOf, type Columns } from '../../src/inference/feeds.ts';
import { findOutput, runModel } from '../../src/inference/running-model.ts';
import type { Scheduler } from '../../src/inference/scheduler.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { DATA_TYPE } from '../../src/onnx/model.ts';
import { cli, root } from '../cli/model-ci.ts';
import { bytesOf, endless, linear } from '../evaluation/models.ts';
import { Repository } from '../evaluation/repository.ts';
import { schedule } from './models.ts';

const web = path.join(root, 'node_modules/onnxruntime-web');
const installed = existsSync(path.join(web, 'dist/ort.node.min.js'));
const weights = [
  [-1, 1],
  [1, -1],
];

(installed ? describe : describe.skip)('WebAssembly (skipped without onnxruntime-web)', () => {
  let folder: string;
  let schedulers: Record<'native' | 'wasm', Scheduler>;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'wasm '));
    schedulers = {
      native: await schedule(),
      wasm: await schedule({ runtime: web, provider: 'wasm' }),
    };
  });
  afterAll(() => {
    for (const scheduler of Object.values(schedulers)) scheduler.close();
  });

  /** What both builds answer to the first rows of their inputs. */
  async function answers(file: string, columns: Columns, batch: number) {
    const ask = async (scheduler: Scheduler) => {
      const lease = await scheduler.load({ file, bytes: 1, subject: 'a model' });
      const feeds = feedsOf(lease.model, columns, { from: 0, to: batch, batch });
      const { tensor } = await runModel(lease, feeds, findOutput(lease, undefined));
      const { shape, values } = tensor;
      return { shape, values: values as Float32Array, provider: lease.model.provider };
    };
    return { native: await ask(schedulers.native), wasm: await ask(schedulers.wasm) };
  }

  test('answers the digits of the example as the native build does', async () => {
    cpSync(path.join(root, 'examples/digits'), folder, { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const run = (...command: string[]) =>
      execFileSync(process.execPath, command, { cwd: folder, stdio: 'pipe' });
    run('src/prepare.js');
    run(cli, 'fit', 'params.yaml', '--key', 'fit');
    const inputs = { input: 'images' };
    const data = await openDataSet(folder, { source: 'data/test.npz', inputs });
    const { inputs: images } = await readWhole(data);
    const file = path.join(folder, 'models/digits/model.onnx');
    const { native, wasm } = await answers(file, images, 500);
    expect([native.provider, wasm.provider]).toEqual(['cpu', 'wasm']);
    expect(wasm.shape).toEqual([500, 10]);
    const apart = wasm.values.map((value, at) => Math.abs(value - (native.values[at] ?? NaN)));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
  });

  test('is given the weights that lie beside the model', async () => {
    const builder = new GraphBuilder();
    builder.input('x', DATA_TYPE.float, ['n', 2]);
    builder.node('MatMul', ['x', 'w'], ['y']);
    builder.output('y', DATA_TYPE.float, ['n', 2]);
    const graph = builder.graph('external');
    const entries = new Map([
      ['location', 'weights.bin'],
      ['offset', '8'],
      ['length', '16'],
    ]);
    const w = { name: 'w', dataType: DATA_TYPE.float, dims: [2, 2] };
    const initializers = [{ ...w, data: { kind: 'external', entries } as const }];
    const file = path.join(folder, 'external.onnx');
    writeFileSync(file, bytesOf({ ...graph, initializers }));
    writeFileSync(
      path.join(folder, 'weights.bin'),
      new Uint8Array(Float32Array.of(9, 9, 1, 2, 3, 4).buffer),
    );
    const x = { elementType: 'float32', shape: [1, 2], values: Float32Array.of(1, 10) } as const;
    const { native, wasm } = await answers(file, new Map([['x', x]]), 1);
    expect(Array.from(wasm.values)).toEqual([31, 42]);
    expect(Array.from(native.values)).toEqual([31, 42]);
  });

  const evaluated = async (provider: string, model = linear(weights)) => {
    const repository = await Repository.create(model);
    await repository.policy({ inference: { provider }, 'time-limit': 3 });
    const ran = await repository.evaluate('--baseline', 'none', '--runtime', web);
    return { ...ran, repository };
  };

  test('evaluates where the policy asks for it', async () => {
    const { report, repository } = await evaluated('wasm');
    expect(report()).toMatchObject({
      verdict: 'accepted',
      candidate: { inference: { provider: 'wasm' } },
    });
    const html = await repository.read('.model-ci/reports/evaluation.html');
    expect(html).toContain('Answered by ONNX Runtime on the CPU as WebAssembly');
  });

  test('is told where it took the place of the native build', async () => {
    const { report, repository, stderr } = await evaluated('cpu');
    expect(report()).toMatchObject({
      candidate: { inference: { provider: 'wasm', fallback: expect.anything() as unknown } },
    });
    expect(stderr).toContain('run by WebAssembly, which is slower');
    const markdown = await repository.read('.model-ci/reports/evaluation.md');
    expect(markdown).toContain('The native build, which is faster, was asked for');
  });

  test('is ended where a model hangs it', async () => {
    const { code, stderr } = await evaluated('wasm', endless());
    expect(stderr).toMatch(/no answer within 3 s/);
    expect(code).toBe(2);
  });
});
