import { beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { evaluationReport } from '../../src/evaluation/report/json-schema.ts';
import { alwaysSeven, endless, greedy, linear, notANumber } from '../evaluation/models.ts';
import { points, Repository } from '../evaluation/repository.ts';
import { float32, int64, npz } from '../training/data-set.ts';

const good = linear([
  [-1, 1],
  [1, -1],
]);
const bad = linear([
  [-1, 1],
  [0.4, -0.4],
]);
const wrong = linear([
  [1, -1],
  [-1, 1],
]);

let repository: Repository;
beforeEach(async () => {
  repository = await Repository.create(good);
});

describe('evaluate', () => {
  test('a candidate as good as its baseline is accepted, and the reports are there', async () => {
    await repository.write(
      'old.onnx',
      linear([
        [-2, 2],
        [2, -2],
      ]),
    );
    const { code, report } = await repository.evaluate(
      '--baseline',
      'old.onnx',
      '--metrics',
      'metrics/test.json',
    );
    expect(report()).toMatchObject({ verdict: 'accepted', baseline: { name: 'old.onnx' } });
    evaluationReport.parse(report());
    expect(report().gates.map(({ outcome }) => outcome)).toEqual(['met', 'equal']);
    expect(report().latency.candidate.rounds).toBeGreaterThanOrEqual(30);
    expect(code).toBe(0);
    const evidence = JSON.parse(
      await repository.read('.model-ci/reports/evaluation.json'),
    ) as object;
    expect(evidence).toMatchObject({
      evidence: 'evaluation',
      passed: true,
      models: [{ name: 'points', digest: expect.stringMatching(/^sha256:/) as unknown }],
    });
    expect(await repository.read('.model-ci/reports/evaluation.md')).toMatch(/^### ✅ Accepted/);
    const html = await repository.read('.model-ci/reports/evaluation.html');
    expect(html).toContain('Accuracy 9');
    expect(html).not.toMatch(/<script|src=|https?:\/\/(?!www\.w3\.org)/);
    const { accuracy } = report().metrics;
    const metrics = JSON.parse(await repository.read('metrics/test.json')) as Record<
      string,
      number
    >;
    expect(metrics).toMatchObject({ accuracy: accuracy?.candidate, examples: 400 });
  });

  test('a worse candidate is rejected with exit code 1, and says by how much', async () => {
    await repository.write('old.onnx', good);
    await repository.write('models/points/model.onnx', bad);
    const { code, report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(code).toBe(1);
    expect(report().verdict).toBe('rejected');
    expect(report().headline).toMatch(/^Rejected: accuracy /);
    expect(report().gates.find(({ rule }) => rule === 'max-regression')).toMatchObject({
      outcome: 'worse',
      passed: false,
    });
    expect(report().pairs!.broken).toBeGreaterThan(20);
  });

  test('a lower log loss is better, not worse', async () => {
    await repository.policy({ gates: { 'log-loss': { 'max-regression': 0.01 } } });
    await repository.write('old.onnx', bad);
    const { report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(report().gates).toMatchObject([{ metric: 'log-loss', outcome: 'better', passed: true }]);
  });

  test('few examples decide nothing: undecided, with how many would', async () => {
    await repository.write('data/test.npz', npz(points(30)));
    await repository.write(
      'old.onnx',
      linear([
        [-1, 1],
        [0.95, -0.95],
      ]),
    );
    const first = await repository.evaluate('--baseline', 'old.onnx');
    expect(first.report()).toMatchObject({ verdict: 'undecided' });
    expect(first.code).toBe(1);
    const gate = first.report().gates.find(({ outcome }) => outcome === 'not-enough-data');
    expect(gate?.examplesNeeded).toBeGreaterThan(30);
    await repository.policy({
      gates: { accuracy: { 'max-regression': 0.02, 'on-not-enough-data': 'pass' } },
    });
    expect((await repository.evaluate('--baseline', 'old.onnx')).report().verdict).toBe('accepted');
  });

  test('the same bytes are equal, however few the examples', async () => {
    await repository.write('data/test.npz', npz(points(10, 0)));
    const { report } = await repository.evaluate('--baseline', 'models/points');
    expect(report()).toMatchObject({ verdict: 'accepted' });
  });

  test.each([
    ['absolute-only', 'accepted', undefined],
    ['pass', 'accepted', true],
    ['fail', 'rejected', false],
  ])('without a baseline, %s: %s', async (policy, verdict, passed) => {
    await repository.policy({ 'on-no-baseline': policy });
    const { report } = await repository.evaluate('--baseline', 'none');
    expect(report()).toMatchObject({ verdict, baseline: null });
    expect(report().gates[1]).toMatchObject({ outcome: 'no-baseline' });
    expect(report().gates[1]?.passed).toBe(passed);
  });

  test('without a baseline and without a limit, nothing was judged and nothing passes', async () => {
    await repository.policy({ gates: { accuracy: { 'max-regression': 0.01 } } });
    const { code, report } = await repository.evaluate('--baseline', 'none');
    expect(report().verdict).toBe('undecided');
    expect(code).toBe(1);
  });

  test('auto without a registry says that there is none', async () => {
    const { report } = await repository.evaluate();
    expect(report().baselineReason).toMatch(
      /no baseline: the cache has no accepted model.*no store/,
    );
  });

  test('metrics are the same bytes on every run', async () => {
    const run = async () => {
      await repository.evaluate('--metrics', 'm.json');
      return repository.read('m.json');
    };
    expect(await run()).toBe(await run());
  });

  test('probabilities and logits are told apart, a fixed batch is filled up', async () => {
    await repository.write('data/test.npz', npz(points(401)));
    await repository.write(
      'old.onnx',
      linear(
        [
          [-1, 1],
          [1, -1],
        ],
        { softmax: true, batch: 7 },
      ),
    );
    const { report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(report()).toMatchObject({
      verdict: 'accepted',
      candidate: { scores: 'logits' },
      baseline: { scores: 'probabilities' },
      pairs: { broken: 0, fixed: 0 },
    });
  });
});

describe('what cannot be evaluated is an error, never a pass', () => {
  const fails = async (message: RegExp, code = 2) => {
    const ran = await repository.evaluate('--baseline', 'none');
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toBe('');
    expect(existsSync(path.join(repository.folder, '.model-ci/reports/evaluation.json'))).toBe(
      false,
    );
    return ran;
  };
  const candidate = (model: Uint8Array) => repository.write('models/points/model.onnx', model);

  test('no test set', async () => {
    await repository.policy({ data: 'data/none.npz' });
    await fails(/there is no data set at data\/none\.npz/);
  });

  test('a damaged test set', async () => {
    await repository.write('data/test.npz', 'not a zip');
    await fails(/cannot be read as \.npz/);
  });

  test('an empty test set', async () => {
    await repository.write(
      'data/test.npz',
      npz({ x: float32([0, 2], []), labels: int64([0], []) }),
    );
    await fails(/it has no examples/);
  });

  test('arrays of different lengths', async () => {
    await repository.write(
      'data/test.npz',
      npz({ ...points(9), labels: int64([8], new Array<number>(8).fill(0)) }),
    );
    await fails(/'x' has 9 examples and 'labels' has 8/);
  });

  test('a label that the model cannot give', async () => {
    await repository.write('data/test.npz', npz({ ...points(3), labels: int64([3], [0, 5, 1]) }));
    await fails(/example 1 has label 5, and the model tells 2 classes apart/);
  });

  test('other names of classes than there are', async () => {
    await repository.policy({ classes: ['a', 'b', 'c'] });
    await fails(/2 classes apart, and the policy names 3/);
  });

  test('another input than the policy feeds', async () => {
    await candidate(
      linear(
        [
          [1, 0],
          [0, 1],
        ],
        { input: 'image' },
      ),
    );
    await fails(/gets no 'image' and has no input 'x'/);
  });

  test('another shape than the data have', async () => {
    await repository.write(
      'data/test.npz',
      npz({ ...points(4), x: float32([4, 3], new Array<number>(12).fill(0)) }),
    );
    await fails(/takes 'x' \(float32\[n, 2\]\), and the data are float32\[4, 3\]/);
  });

  test('NaN predictions', async () => {
    await candidate(notANumber());
    await fails(/gives NaN for 400 of 400 examples, first for example 0/);
  });

  test('a class that there is not', async () => {
    await candidate(alwaysSeven());
    await fails(/predicts class 7, and there are 2 classes/);
  });

  test('an output that there is not', async () => {
    await repository.policy({ output: 'logits' });
    await fails(/no output 'logits'/);
  });

  test('a file that is no model', async () => {
    await candidate(Buffer.from('<html>sign in</html>'));
    await fails(/candidate points: /);
  });

  test('a model that hangs the runtime is ended', async () => {
    await repository.policy({ 'time-limit': 1 });
    await candidate(endless());
    await fails(/no answer within 1 s/);
  });

  test('a model that wants all memory', async () => {
    await candidate(greedy());
    await fails(/candidate points: /);
  });

  test('a baseline that is not there', async () => {
    const ran = await repository.evaluate('--baseline', 'gone/model.onnx');
    expect(ran.code).toBe(2);
  });

  test('two models in one folder', async () => {
    await repository.write('models/points/second.onnx', wrong);
    await fails(/points has 2 \.onnx files/);
    await repository.policy({ file: 'model.onnx' });
    expect((await repository.evaluate('--baseline', 'none')).report().verdict).toBe('accepted');
  });

  test('an unknown metric in a gate', async () => {
    await repository.policy({ gates: { acuracy: { min: 1 } } });
    await fails(/acuracy/);
  });

  test('a folder that is no runtime', async () => {
    const ran = await repository.evaluate('--runtime', 'data');
    expect(ran.stderr).toMatch(/data is not a copy of onnxruntime-node/);
    expect(ran.code).toBe(2);
  });
});
