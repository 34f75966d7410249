import { describe, expect, test } from '@jest/globals';
import { parseRequest, planOf } from '../../src/inference/task-parser.ts';
import { policySchema } from '../../src/project/policy-schema.ts';

describe('parseRequest', () => {
  test.each([
    ['/evaluate', {}],
    ['/evaluate digits', { model: 'digits' }],
    [
      '/evaluate digits against production on data/night.parquet',
      { model: 'digits', baseline: 'production', data: 'data/night.parquet' },
    ],
    ['  /evaluate   on a.csv against none ', { data: 'a.csv', baseline: 'none' }],
    [
      'Looks good!\r\n\r\n/evaluate against digits@v1.0.0\r\n> /evaluate x y z',
      { baseline: 'digits@v1.0.0' },
    ],
    ['/evaluate "on" on "data/last night.csv"', { model: 'on', data: 'data/last night.csv' }],
  ])('%j', (text, request) => {
    expect(parseRequest(text)).toEqual(request);
  });

  test.each([
    ['please evaluate', 'no line begins with /evaluate'],
    ['/evaluated digits', 'no line begins with /evaluate'],
    ['/evaluate digits agianst production', "'agianst' is not understood"],
    ['/evaluate digits letters', "'letters' is not understood"],
    ['/evaluate against on data.csv', "'on' stands where a name should"],
    ['/evaluate digits against', 'its last word wants a name after it'],
    ['/evaluate on a on b', "'on' is there twice"],
    ['/evaluate on "a b', 'a quote is not closed'],
    ['/evaluate on ""', 'there is nothing between two quotes'],
    ['/evaluate on ../secrets.csv', '../secrets.csv lies outside the repository'],
    ['/evaluate on data/../../x', 'data/../../x lies outside'],
    ['/evaluate against /etc/passwd', '/etc/passwd lies outside'],
    ['/evaluate on C:\\x.csv', 'C:\\x.csv lies outside'],
    ['/evaluate on ..\\x.csv', '..\\x.csv lies outside'],
    [`/evaluate ${'x'.repeat(3000)}`, 'the line has more than 2000 characters'],
  ])('%j is refused', (text, message) => {
    expect(() => parseRequest(text)).toThrow(`the request cannot be read: ${message}`);
  });
});

describe('planOf', () => {
  const evaluation = { data: 'data/test.npz', inputs: { x: 'x' }, baseline: 'auto' };
  const policy = policySchema.parse({
    models: { digits: { path: 'models/digits', evaluation }, raw: { path: 'models/raw' } },
    registry: { environments: { staging: {}, production: {} } },
  });

  test('takes from the policy what is not asked for', () => {
    const plan = planOf({ model: 'digits' }, policy);
    expect(plan).toMatchObject({ baseline: 'auto', evaluation: { data: 'data/test.npz' } });
  });

  test.each([
    ['production', 'digits#production'],
    ['none', 'none'],
    ['digits@v1.0.0', 'digits@v1.0.0'],
    ['./production', './production'],
    ['old/model.onnx', 'old/model.onnx'],
  ])('the baseline %s is %s', (baseline, expected) => {
    expect(planOf({ model: 'digits', baseline }, policy).baseline).toBe(expected);
  });

  test('the data are those that are asked for', () => {
    const plan = planOf({ model: 'digits', data: 'data/night.parquet' }, policy);
    expect(plan.evaluation.data).toBe('data/night.parquet');
  });

  test.each([
    [{ model: 'digit' }, "no model is called 'digit'"],
    [{}, '2 models are declared and none was named'],
    [{ model: 'raw' }, "the policy does not say how to evaluate model 'raw'"],
    [{ model: 'digits', baseline: 'prod' }, "no environment is called 'prod'"],
  ])('%j is refused', (request, message) => {
    expect(() => planOf(request, policy)).toThrow(message);
  });
});
