import { beforeEach, describe, expect, test } from '@jest/globals';
import { evaluationReport } from '../../src/evaluation/report/json-schema.ts';
import { DATA_TYPE } from '../../src/onnx/model.ts';
import { linear, type LinearOptions } from '../evaluation/models.ts';
import { Repository } from '../evaluation/repository.ts';

const good = linear([
  [-1, 1],
  [1, -1],
]);

let repository: Repository;
beforeEach(async () => {
  repository = await Repository.create(good);
});

describe('a candidate with another interface', () => {
  beforeEach(async () => {
    const three = linear([
      [1, 0, -1],
      [0, 1, 1],
    ]);
    await repository.write('old.onnx', three);
  });

  test('is rejected, says what breaks, and is measured all the same', async () => {
    const { code, report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(code).toBe(1);
    expect(report()).toMatchObject({ verdict: 'rejected', baseline: null });
    expect(report().headline).toBe(
      "Rejected: the interface breaks: output 'scores' was [?, 3] and is [?, 2]",
    );
    const markdown = await repository.read('.model-ci/reports/evaluation.md');
    expect(markdown).toContain('the interfaces differ: left out');
    expect(markdown).not.toMatch(/no baseline/i);
    expect(report().metrics.accuracy?.candidate).toBeGreaterThan(0.9);
    expect(await repository.read('.model-ci/reports/evaluation.md')).toContain('❌ output');
  });

  test('is judged alone where the policy allows the change', async () => {
    await repository.policy({ interface: 'free' });
    const { report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(report()).toMatchObject({ verdict: 'accepted', interface: { breaks: [] } });
    expect(report().gates.map(({ outcome }) => outcome)).toEqual(['met', 'not-comparable']);
  });
});

describe('a candidate that can no longer be asked, since its interface broke', () => {
  const weights = [
    [-1, 1],
    [1, -1],
  ];
  const given = (options: LinearOptions) =>
    repository.write('models/points/model.onnx', linear(weights, options));

  beforeEach(() => repository.write('old.onnx', good));

  test.each([
    [{ input: 'image' }, "input 'x' is gone, and 1 more", "gets no 'image' and has no input 'x'"],
    [{ type: DATA_TYPE.int64 }, "input 'x' was float32 and is int64", 'values do not fit into'],
    [{ point: [2, 1] }, "input 'x' was [?, 2] and is [?, 2, 1]", "takes 'x' (float32[n, 2, 1])"],
  ])('%j: is rejected in a report that names the input', async (options, reason, why) => {
    await given(options);
    const { code, report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(code).toBe(1);
    evaluationReport.parse(report());
    expect(report()).toMatchObject({
      verdict: 'rejected',
      headline: `Rejected: the interface breaks: ${reason}`,
      baseline: null,
      metrics: {},
      latency: null,
      candidate: { inference: { by: 'none', why: expect.stringContaining(why) as unknown } },
    });
    expect(report().gates.map(({ outcome, passed }) => [outcome, passed])).toEqual([
      ['unanswered', false],
      ['not-comparable', undefined],
    ]);
    const evidence: unknown = JSON.parse(
      await repository.read('.model-ci/reports/evaluation.json'),
    );
    expect(evidence).toMatchObject({ evidence: 'evaluation', passed: false });
    const markdown = await repository.read('.model-ci/reports/evaluation.md');
    expect(markdown).toMatch(/^### ❌ Rejected: the interface breaks: input 'x'/);
    expect(markdown).toContain("- ❌ input 'x'");
    expect(markdown).toContain('the candidate was not measured');
    const html = await repository.read('.model-ci/reports/evaluation.html');
    expect(html).toContain('The interface breaks: input &#39;x&#39;');
  });

  test('an output that the policy names and that is gone', async () => {
    await repository.policy({ output: 'scores' });
    await given({ output: 'logits' });
    const { code, report } = await repository.evaluate('--baseline', 'old.onnx');
    expect(code).toBe(1);
    expect(report().headline).toBe("Rejected: the interface breaks: output 'scores' is gone");
  });

  test('stays an error where the policy lets the interface change: nothing else rejects it', async () => {
    await repository.policy({ interface: 'free' });
    await given({ input: 'image' });
    const { code, stderr } = await repository.evaluate('--baseline', 'old.onnx');
    expect(code).toBe(2);
    expect(stderr).toMatch(/gets no 'image' and has no input 'x'/);
  });
});
