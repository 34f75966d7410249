import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
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
    `process.on('message', (request) => {
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

  test('answers come in the order of the questions', async () => {
    const child = await start(
      'setTimeout(() => ok({ id: Number(request.path) }), 50 - request.path * 10);',
    );
    const answers = await Promise.all(
      [0, 1, 2, 3].map((id) => child.ask(loading(String(id)), 'm')),
    );
    expect(answers.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    child.close();
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
