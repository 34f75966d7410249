import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceThread } from '../../src/inference/inference-thread.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'inference thread '));
let thread: InferenceThread;
afterEach(() => {
  thread.close();
});

/** A thread that opens, and then does `body` with each request. */
async function start(body: string, limitMs = 5000, announce?: (subject: string) => void) {
  const file = path.join(folder, `${Math.random()}.mjs`);
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (request) => {
      const ok = (value) => parentPort.postMessage({ ok: true, value });
      if (request.kind === 'open') return ok(null);
      ${body}
    });`,
  );
  thread = await InferenceThread.start({ runtime: folder, limitMs, worker: file, announce });
  return thread;
}

const loading = (file: string) =>
  ({ kind: 'load', path: file, threads: 1, provider: 'cpu' }) as const;
const load = loading('model.onnx');
const running = (values: Float32Array) =>
  ({
    kind: 'run',
    model: 0,
    feeds: { x: { elementType: 'float32', shape: [values.length], values } },
    output: 'y',
  }) as const;

describe('InferenceThread', () => {
  test('a hang fails the request, and all that come after it', async () => {
    await start('for (;;);', 300);
    await expect(thread.ask(load, 'candidate')).rejects.toThrow('candidate: no answer within');
    await expect(thread.ask(load, 'baseline')).rejects.toThrow('baseline: no answer within');
  });

  test('an error of the model leaves the thread alive', async () => {
    await start(
      "if (request.path === 'bad') parentPort.postMessage({ ok: false, message: 'no model' }); else ok({ id: 0, inputs: [], outputs: [] });",
    );
    await expect(thread.ask(loading('bad'), 'm')).rejects.toThrow('m: no model');
    expect(await thread.ask(load, 'm')).toMatchObject({ id: 0 });
  });

  test('answers go to whoever asked, though questions are sent ahead', async () => {
    await start(
      `globalThis.last = (globalThis.last ?? Promise.resolve())
        .then(() => new Promise((resolve) => setTimeout(resolve, 50 - 10 * request.path)))
        .then(() => ok({ id: Number(request.path) }));`,
    );
    const ids = [0, 1, 2, 3];
    const answers = await Promise.all(ids.map((id) => thread.ask(loading(String(id)), 'm')));
    expect(answers.map(({ id }) => id)).toEqual(ids);
  });

  test('what the thread throws fails every question that waits', async () => {
    await start("throw new Error('out of luck');");
    const asked = ['one', 'two'].map((subject) => thread.ask(load, subject));
    for (const [index, result] of (await Promise.allSettled(asked)).entries()) {
      const subject = ['one', 'two'][index] ?? '';
      expect(result).toMatchObject({
        reason: { message: `${subject}: the thread for models failed: out of luck` },
      });
    }
  });

  test('says whom it asks, before it does', async () => {
    const announced: string[] = [];
    await start('ok({ id: 0 });', 5000, (subject) => announced.push(subject));
    await thread.ask(load, 'candidate');
    const asked = thread.ask(load, 'baseline');
    expect(announced.slice(-2)).toEqual(['candidate', 'baseline']);
    await asked;
  });

  test('questions that wait have memory of their own, and later ones use it again', async () => {
    // Answers to two at a time what they hold by then.
    await start(
      `(globalThis.held ??= []).push(request.feeds.x.values);
      if (held.length === 2) for (const values of held.splice(0)) ok({ memory: values.buffer, tensor: [...values.subarray(0, 3)] });`,
    );
    const ask = async (first: number) => {
      const values = Float32Array.from({ length: 1000 }, (_, index) => first + index);
      const ran = await thread.ask(running(values.subarray(1)), 'm');
      return ran as unknown as { memory: SharedArrayBuffer; tensor: number[] };
    };
    const both = await Promise.all([ask(0), ask(5000)]);
    expect(both.map(({ tensor }) => tensor)).toEqual([
      [1, 2, 3],
      [5001, 5002, 5003],
    ]);
    const [one, two] = both.map(({ memory }) => new Float32Array(memory));
    await Promise.all([ask(200), ask(300)]);
    expect([one?.[0], two?.[0]].toSorted()).toEqual([201, 301]);
  });

  test('one that was closed answers nothing', async () => {
    await start('');
    const waiting = thread.ask(load, 'm');
    thread.close();
    await expect(waiting).rejects.toThrow('m: the thread for models was closed');
    await expect(thread.ask(load, 'm')).rejects.toThrow('m: the thread for models was closed');
  });

  test('a runtime that does not load is the environment, not the user', async () => {
    const file = path.join(folder, 'broken.mjs');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => parentPort.postMessage({ ok: false, message: 'GLIBC' }));`,
    );
    const started = InferenceThread.start({
      runtime: folder,
      limitMs: 1000,
      worker: file,
    });
    await expect(started).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'ONNX Runtime: GLIBC',
    });
  });
});
