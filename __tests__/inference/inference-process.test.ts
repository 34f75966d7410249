import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { InferenceProcess } from '../../src/inference/inference-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'inference process '));

/** A process that opens, and then does `body` with each request. */
async function start(body: string, limitMs = 5000) {
  const file = path.join(folder, `${Math.random()}.mjs`);
  writeFileSync(
    file,
    `process.on('message', ({ request }) => {
      const ok = (value) => process.send({ ok: true, value });
      if (request.kind === 'open') return ok(null);
      ${body}
    });
    process.on('disconnect', () => process.exit());`,
  );
  return InferenceProcess.start({ runtime: folder, limitMs, worker: pathToFileURL(file) });
}

const loading = (file: string) =>
  ({ kind: 'load', path: file, threads: 1, provider: 'cpu' }) as const;
const load = loading('model.onnx');

describe('InferenceProcess', () => {
  test('a crash fails the request, names the signal and keeps what was said last', async () => {
    const child = await start("console.error('out of luck'); process.abort();");
    const failed = child.ask(load, 'candidate digits');
    await expect(failed).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(
        /^candidate digits: ONNX Runtime crashed \(signal SIGABRT\)/,
      ) as unknown,
    });
    await failed.catch((thrown: unknown) => {
      expect(String((thrown as Error).cause)).toContain('out of luck');
    });
    await expect(child.ask(load, 'baseline')).rejects.toThrow(/^baseline: ONNX Runtime crashed/);
  });

  test('a hang is ended', async () => {
    const child = await start('for (;;);', 300);
    await expect(child.ask(load, 'candidate')).rejects.toThrow('candidate: no answer within');
  });

  test('an error of the model leaves the process alive', async () => {
    const child = await start(
      "if (request.path === 'bad') process.send({ ok: false, message: 'no model' }); else ok({ id: 0, inputs: [], outputs: [] });",
    );
    await expect(child.ask(loading('bad'), 'm')).rejects.toThrow('m: no model');
    expect(await child.ask(load, 'm')).toMatchObject({ id: 0 });
    child.close();
  });

  test('answers go to whoever asked, though questions are sent ahead', async () => {
    const child = await start(
      `globalThis.last = (globalThis.last ?? Promise.resolve())
        .then(() => new Promise((resolve) => setTimeout(resolve, 50 - 10 * request.path)))
        .then(() => ok({ id: Number(request.path) }));`,
    );
    const ids = [0, 1, 2, 3];
    const answers = await Promise.all(ids.map((id) => child.ask(loading(String(id)), 'm')));
    expect(answers.map(({ id }) => id)).toEqual(ids);
    child.close();
  });

  test('a crash fails every question that waits', async () => {
    const child = await start('process.exit(3);');
    const asked = ['one', 'two'].map((subject) => child.ask(load, subject));
    for (const [index, result] of (await Promise.allSettled(asked)).entries()) {
      expect(result).toMatchObject({
        reason: { message: `${['one', 'two'][index] ?? ''}: ONNX Runtime crashed (exit code 3)` },
      });
    }
    expect(child.alive).toBe(false);
  });

  test('large arrays arrive, and nothing is left of them', async () => {
    process.env.TMPDIR = mkdtempSync(path.join(folder, 'temporary '));
    const child = await start(
      'ok({ parked: request.feeds.x.values.parked, echo: request.feeds.x.values });',
    );
    const values = Float32Array.from({ length: 50_000 }, (_, index) => index);
    const x = { elementType: 'float32', shape: [50_000], values } as const;
    const run = { kind: 'run', model: 0, feeds: { x }, output: 'y' } as const;
    expect(await child.ask(run, 'm')).toEqual({ parked: 'Float32Array', echo: values });
    child.close();
    expect(readdirSync(process.env.TMPDIR)).toEqual([]);
    delete process.env.TMPDIR;
    await expect(child.ask(load, 'm')).rejects.toThrow('m: the process for models was closed');
  });

  test('the process gets no secrets', async () => {
    process.env.ACTIONS_RUNTIME_TOKEN = 'secret';
    const child = await start('ok({ names: Object.keys(process.env) });');
    const { names } = (await child.ask(load, 'm')) as unknown as { names: string[] };
    expect(names).toContain('PATH');
    expect(names).not.toContain('ACTIONS_RUNTIME_TOKEN');
    child.close();
    delete process.env.ACTIONS_RUNTIME_TOKEN;
  });

  test('a runtime that does not load is the environment, not the user', async () => {
    const file = path.join(folder, 'broken.mjs');
    writeFileSync(
      file,
      "process.on('message', () => process.send({ ok: false, message: 'GLIBC' }));",
    );
    const started = InferenceProcess.start({
      runtime: folder,
      limitMs: 1000,
      worker: pathToFileURL(file),
    });
    await expect(started).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'ONNX Runtime: GLIBC',
    });
  });
});
