import { beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { evaluationReport } from '../../src/evaluation/report/json-schema.ts';
import { seededRandom } from '../../src/evaluation/statistics/random.ts';
import { Repository } from '../evaluation/repository.ts';

/** A model that ONNX Runtime knows nothing of: the threshold of x - y in a text file. */
const PREDICT = `
import { readFileSync, writeFileSync } from 'node:fs';
const { MODEL_CI_MODEL, MODEL_CI_DATA, MODEL_CI_PREDICTIONS } = process.env;
const threshold = Number(readFileSync(MODEL_CI_MODEL + '/threshold.txt', 'utf8'));
const rows = readFileSync(MODEL_CI_DATA, 'utf8').trim().split('\\n').slice(1);
const score = (row) => {
  const [x, y] = row.split(',').map(Number);
  return 1 / (1 + Math.exp(-5 * (x - y - threshold)));
};
const predictions = rows.map(score).map((p) => [1 - p, p]);
const right = rows.filter((row, i) => Number(row.split(',')[2]) === Number(predictions[i][1] > 0.5));
const written = process.argv[2] === 'metrics'
  ? { metrics: { accuracy: right.length / rows.length } }
  : { predictions };
console.log('predicting with ' + threshold);
writeFileSync(MODEL_CI_PREDICTIONS, JSON.stringify(written));
`;

const COMMAND = 'node predict.mjs';

let repository: Repository;
beforeEach(async () => {
  repository = await Repository.create(Buffer.from('no model'));
  await rm(path.join(repository.folder, 'models/points/model.onnx'));
  const random = seededRandom(5);
  const rows = Array.from({ length: 400 }, (_, row) => {
    const [x, y] = [random() * 2 - 1, random() * 2 - 1];
    return [x, y, Number(x > y) ^ Number(random() < 0.02), row % 3].join(',');
  });
  await repository.write('data/test.csv', `x,y,labels,site\n${rows.join('\n')}\n`);
  await repository.write('models/points/threshold.txt', '0');
  await repository.write('old/threshold.txt', '0.001');
  await repository.write('predict.mjs', PREDICT);
  await policy({});
});

const policy = (changes: Readonly<Record<string, unknown>>) =>
  repository.policy({
    inputs: undefined,
    data: 'data/test.csv',
    command: COMMAND,
    slices: ['site'],
    ...changes,
  });

describe('evaluate by a command', () => {
  test('predictions are compared as those of a model are', async () => {
    const { code, report, stderr } = await repository.evaluate('--baseline', 'old');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const parsed = evaluationReport.parse(report());
    expect(parsed).toMatchObject({
      verdict: 'accepted',
      latency: null,
      diff: null,
      candidate: { inference: { by: 'command', command: COMMAND, gives: 'predictions' } },
      baseline: { name: 'old' },
    });
    expect(parsed.gates.map(({ outcome }) => outcome)).toEqual(['met', 'equal']);
    expect(parsed.metrics['roc-auc']?.candidate).toBeGreaterThan(0.95);
    expect(parsed.slices.map(({ name }) => name)).toEqual(['site = 0', 'site = 1', 'site = 2']);
    expect(parsed.pairs?.total).toBe(400);
    const page = await repository.read('.model-ci/reports/evaluation.html');
    expect(page).toContain('Answered by node predict.mjs');
  });

  test('a worse candidate is rejected', async () => {
    await repository.write('models/points/threshold.txt', '0.6');
    const { code, report } = await repository.evaluate('--baseline', 'old');
    expect(code).toBe(1);
    expect(report().headline).toMatch(/^Rejected: accuracy/);
  });

  test('a gate on latency is not measured, and fails', async () => {
    await policy({ gates: { latency: { 'max-ratio': 1.5 } } });
    const { code, report } = await repository.evaluate('--baseline', 'old');
    expect(code).toBe(1);
    expect(report().gates).toMatchObject([{ outcome: 'not-measured', passed: false }]);
    expect(await repository.read('.model-ci/reports/evaluation.md')).toContain(
      'a command is not timed',
    );
  });

  test('metrics alone are held against limits, and against no baseline', async () => {
    await policy({ command: `${COMMAND} metrics`, gates: { accuracy: { min: 0.9 } } });
    const { code, report } = await repository.evaluate('--baseline', 'old');
    expect(code).toBe(0);
    expect(report()).toMatchObject({ verdict: 'accepted', pairs: null });
    expect(report().metrics.accuracy).not.toHaveProperty('regression');
    expect(await repository.read('.model-ci/reports/evaluation.md')).toContain(
      'nothing tells what of a difference is chance',
    );
    await policy({ command: `${COMMAND} metrics` });
    const compared = await repository.evaluate('--baseline', 'old');
    expect(compared.code).toBe(1);
    expect(compared.report().gates[1]).toMatchObject({ outcome: 'not-measured', passed: false });
  });

  test.each([
    ['exit 3', /evaluation\.command failed for candidate points: exit code 3/],
    ['kill -9 $$', /ended by SIGKILL/],
    ['true', /the command wrote none/],
    ['ln -s /etc/passwd "$MODEL_CI_PREDICTIONS"', /it is no plain file/],
    ['mkfifo "$MODEL_CI_PREDICTIONS"', /it is no plain file/],
    [write('{"predictions": [0, 1]}'), /answers 2 examples, and data\/test\.csv has 400/],
    [write('{"predictions": ["cat"]}'), /prediction 0 is not a number/],
    [write('{"predictions": [null]}'), /prediction 0 is not a number/],
    [write('{"metrics": {"speed": 1}}'), /a metric 'speed', which classification has not/],
    [write('{"metrics": {"::error::x": 1}}'), /a metric '/],
  ])('%s: an error, and no pass', async (command, message) => {
    await policy({ command });
    const { code, stderr, stdout } = await repository.evaluate('--baseline', 'none');
    expect(code).toBe(2);
    expect(stderr + stdout).toMatch(message);
    expect(existsSync(path.join(repository.folder, '.model-ci/reports/evaluation.json'))).toBe(
      false,
    );
  });

  test('a command that hangs is ended with all that it started', async () => {
    await policy({ command: 'sleep 600 & sleep 600', 'time-limit': 1 });
    const { code, stderr } = await repository.evaluate('--baseline', 'none');
    expect(code).toBe(2);
    expect(stderr).toMatch(/not done within its timeout of 1 s/);
  });

  test('it gets no tokens, and a model-ci of this version', async () => {
    await policy({
      command: `test -z "$INPUT_X$GITHUB_TOKEN" && model-ci --help >/dev/null && ${COMMAND}`,
    });
    const { code } = await repository.evaluate('--baseline', 'none');
    expect(code).toBe(0);
  });

  test.each([
    [{ inputs: { x: 'x' } }, /a command reads the test set by itself/],
    [{ command: undefined }, /what the model is fed/],
    [{ output: 'y' }, /a command chooses by itself/],
  ])('%j in the policy is refused', async (changes, message) => {
    await policy(changes);
    const { code, stderr, stdout } = await repository.evaluate('--baseline', 'none');
    expect(code).not.toBe(0);
    expect(stderr + stdout).toMatch(message);
  });
});

function write(text: string): string {
  return `echo '${text}' > "$MODEL_CI_PREDICTIONS"`;
}
