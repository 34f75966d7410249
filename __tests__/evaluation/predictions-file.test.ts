import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { readPredictions } from '../../src/evaluation/predictions-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'predictions '));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);

async function read(text: string | Uint8Array) {
  await writeFile(at('predictions.json'), text);
  return readPredictions(at('predictions.json'), 'candidate m');
}

describe('readPredictions', () => {
  test('gives rows as they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1 }), async (rows) => {
        const predictions = JSON.parse(JSON.stringify(rows)) as unknown[];
        expect(await read(JSON.stringify({ predictions }))).toEqual({
          gives: 'predictions',
          rows: predictions,
        });
      }),
    );
  });

  test('gives metrics by name', async () => {
    const { gives, ...rest } = await read('{"metrics": {"accuracy": 0.5, "__proto__": 1}}');
    expect(gives).toBe('metrics');
    expect((rest as { metrics: Map<string, number> }).metrics.get('accuracy')).toBe(0.5);
  });

  test.each([
    ['', /it is no JSON/],
    ['{"predictions": [1, 2', /it is no JSON/],
    ['{"predictions": [1, NaN]}', /it has NaN or Infinity/],
    ['{"metrics": {"accuracy": -Infinity}}', /it has NaN or Infinity/],
    ['[1, 2]', /it is no object/],
    ['null', /it is no object/],
    ['{}', /predictions/],
    ['{"predictions": []}', /predictions/],
    ['{"predictions": {"0": 1}}', /predictions/],
    ['{"predictions": [1], "metrics": {"accuracy": 1}}', /predictions/],
    ['{"metrics": {"accuracy": "high"}}', /accuracy/],
    ['{"metrics": {"accuracy": 1e999}}', /accuracy/],
    ['{"predictions": [1], "labels": [1]}', /labels/],
    [`{"predictions": ${'['.repeat(1e6)}${']'.repeat(1e6)}}`, /nested deeper than 16/],
    [`{"predictions": ["${String.raw`\"`.repeat(1e6)}`, /it is no JSON/],
    [Buffer.from([0xff, 0xfe, 0x00]), /it is no JSON/],
  ])('%.40s', async (text, message) => {
    const failure = await read(text).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toMatch(message);
    expect((failure as UserError).message).toMatch(/^the predictions file of candidate m/);
  });

  test('brackets in texts are no depth', async () => {
    const text = `${'[{'.repeat(50)}"\\`;
    expect(await read(JSON.stringify({ predictions: [text] }))).toMatchObject({ rows: [text] });
  });

  test('any text is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), async (text) => {
        const outcome = await read(text).catch((thrown: unknown) => thrown);
        expect(outcome instanceof UserError || typeof outcome === 'object').toBe(true);
        expect(outcome).not.toBeInstanceOf(TypeError);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(UserError);
      }),
    );
  });

  test('what is no plain file is not followed, waited for or read', async () => {
    await writeFile(at('secret'), '{"predictions": [1]}');
    await symlink(at('secret'), at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    await mkdir(at('folder'));
    for (const name of ['link', 'pipe', 'folder']) {
      await expect(readPredictions(at(name), 'm')).rejects.toThrow(/it is no plain file/);
    }
    await expect(readPredictions('/dev/zero', 'm')).rejects.toThrow(/it is no plain file/);
    await expect(readPredictions(at('missing'), 'm')).rejects.toThrow(/the command wrote none/);
  });

  test('a file of a terabyte is refused by its size', async () => {
    await writeFile(at('huge'), '');
    await truncate(at('huge'), 2 ** 40);
    await expect(readPredictions(at('huge'), 'm')).rejects.toThrow(/1099511627776 bytes/);
  });
});
