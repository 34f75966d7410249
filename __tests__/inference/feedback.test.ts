import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Feedback, hasDrifted } from '../../src/inference/feedback.ts';
import { largestBatch } from '../../src/inference/window.ts';
import { texts } from './models.ts';

const key = { digest: 'sha256:a', provider: 'cpu', goal: 'throughput', machine: 'this' } as const;
const setting = { threads: 2, batch: 64 };

function create() {
  const folder = mkdtempSync(path.join(tmpdir(), 'feedback '));
  const file = path.join(folder, 'deeper', 'settings.json');
  return { file, feedback: new Feedback(file) };
}

describe('Feedback', () => {
  test('remembers by model, machine, provider and goal, in a file that another reads', async () => {
    const { file, feedback } = create();
    expect(await feedback.recall(key)).toBeUndefined();
    await feedback.learn(key, { setting, rate: 100 });
    const other = new Feedback(file);
    expect(await other.recall(key)).toEqual({ setting, rate: 100, runs: 1 });
    for (const change of [
      { digest: 'sha256:b' },
      { machine: 'that' },
      { provider: 'cuda' },
      { goal: { 'latency-ms': 5 } },
    ] as const) {
      expect(await other.recall({ ...key, ...change })).toBeUndefined();
    }
    expect(readdirSync(path.dirname(file))).toEqual(['settings.json']);
  });

  test('moves towards what is measured, and starts anew where that has drifted', async () => {
    const { feedback } = create();
    await feedback.learn(key, { setting, rate: 100 });
    await feedback.learn(key, { setting, rate: 90 });
    expect(await feedback.recall(key)).toEqual({ setting, rate: 97, runs: 2 });
    await feedback.learn(key, { setting, rate: 50 });
    expect(await feedback.recall(key)).toEqual({ setting, rate: 50, runs: 1 });
    const found = { threads: 1, batch: 64 };
    await feedback.learn(key, { setting: found, rate: 60 });
    expect(await feedback.recall(key)).toEqual({ setting: found, rate: 60, runs: 1 });
    expect(hasDrifted({ rate: 100 }, 71)).toBe(false);
    expect(hasDrifted({ rate: 100 }, 69)).toBe(true);
  });

  test.each([
    ['no JSON', '{'],
    ['an older version', '{"version":1,"entries":[]}'],
    [
      'a setting that nobody can have',
      '{"version":2,"entries":[["k",{"setting":{"threads":1e9,"batch":1},"rate":1,"runs":1}]]}',
    ],
  ])('%s is as if nothing were known, and is mended', async (_, text) => {
    const { file, feedback } = create();
    await feedback.learn(key, { setting, rate: 1 });
    writeFileSync(file, text);
    expect(await feedback.recall(key)).toBeUndefined();
    await feedback.learn(key, { setting, rate: 2 });
    expect(await feedback.recall(key)).toMatchObject({ rate: 2 });
  });

  test('the largest batch that a window allows is remembered', async () => {
    const { feedback } = create();
    // One byte each: as many as one request may carry.
    const batch = largestBatch(
      {
        ...texts([4096]),
        inputs: new Map([
          ['ids', { elementType: 'uint8', shape: [1, 4096], values: new Uint8Array(4096) }],
        ]),
      },
      true,
    );
    await feedback.learn(key, { setting: { threads: 1, batch }, rate: 1 });
    expect(await feedback.recall(key)).toMatchObject({ setting: { batch } });
  });

  test('forgets those that were not used for longest', async () => {
    const { feedback } = create();
    await feedback.learn(key, { setting, rate: 1 });
    for (let index = 0; index < 500; index++) {
      await feedback.learn({ ...key, digest: String(index) }, { setting, rate: 1 });
    }
    expect(await feedback.recall(key)).toBeUndefined();
    expect(await feedback.recall({ ...key, digest: '0' })).toBeDefined();
  });

  test('a rate that is none is not learned, and a file that cannot be written is no trouble', async () => {
    const { feedback } = create();
    await feedback.learn(key, { setting, rate: NaN });
    expect(await feedback.recall(key)).toBeUndefined();
    await new Feedback('/dev/null/x/settings.json').learn(key, { setting, rate: 1 });
  });
});
