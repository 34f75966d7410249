import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runModelProcess } from '../../src/inference/model-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'model process '));

interface Event {
  readonly says: string;
  readonly done?: unknown;
}

/** What a process that does `body` with its task comes to, and what it said. */
async function ran(body: string, task: object = {}) {
  const file = path.join(folder, `${Math.random()}.mjs`);
  writeFileSync(
    file,
    `const say = (says, done) => process.send({ says, done });
    process.once('message', (task) => { ${body} });
    process.on('disconnect', () => process.exit());`,
  );
  const said: string[] = [];
  const listen = ({ says, done }: Event) => {
    if (says === 'no') throw new Error('it said no');
    said.push(says);
    return done;
  };
  const subject = () => said.at(-1) ?? 'nobody';
  const result = runModelProcess({ worker: file, task, listen, subject });
  return { result: await result, said };
}

/** Whether a process is still there. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ended(pid: number): Promise<void> {
  while (lives(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('runModelProcess', () => {
  test('hears what is said in turn, and ends the process with its result', async () => {
    const body = "say('one'); say('two', { pid: process.pid, task }); setInterval(() => {}, 1000);";
    const task = { values: Float64Array.of(1, NaN), missing: undefined };
    const { result, said } = await ran(body, task);
    expect(said).toEqual(['one', 'two']);
    const { pid, ...rest } = result as { pid: number };
    expect(rest).toEqual({ task });
    await ended(pid);
  });

  test('a crash names the signal, who ran then, and what was said last', async () => {
    const failed = ran("say('candidate digits'); console.error('out of luck'); process.abort();");
    await expect(failed).rejects.toMatchObject({
      name: 'UserError',
      message: 'candidate digits: ONNX Runtime crashed (signal SIGABRT)',
      hint: expect.stringContaining('model-ci lint') as unknown,
    });
    await failed.catch((thrown: unknown) => {
      expect(String((thrown as Error).cause)).toContain('out of luck');
    });
  });

  test('data that fill the memory are told from a crash', async () => {
    // As V8 does, which takes half a minute to come to it.
    const body =
      "say('candidate'); console.error('JavaScript heap out of memory'); process.abort();";
    await expect(ran(body)).rejects.toThrow(
      'candidate: reading the data took more memory than there is (signal SIGABRT)',
    );
  });

  test('one that ends by itself failed, too', async () => {
    await expect(ran("say('baseline'); process.exit(0);")).rejects.toThrow(
      'baseline: ONNX Runtime crashed (exit code 0)',
    );
  });

  test('one that cannot be ended by asking is ended', async () => {
    const body = "process.on('SIGTERM', () => {}); say('done', process.pid); for (;;);";
    await ended((await ran(body)).result as number);
  });

  test('what the listener throws ends the process', async () => {
    await expect(ran("say('no'); setInterval(() => {}, 1000);")).rejects.toThrow('it said no');
  });

  test('it gets no secrets', async () => {
    process.env.ACTIONS_RUNTIME_TOKEN = 'secret';
    process.env['INPUT_GITHUB-TOKEN'] = 'secret';
    process.env.NODE_OPTIONS = '--max-old-space-size=1000';
    const { result } = await ran("say('names', Object.keys(process.env));");
    delete process.env.NODE_OPTIONS;
    expect(result).toEqual(expect.arrayContaining(['PATH', 'NODE_OPTIONS']));
    for (const name of ['ACTIONS_RUNTIME_TOKEN', 'INPUT_GITHUB-TOKEN']) {
      expect(result).not.toContain(name);
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete process.env[name];
    }
  });
});
