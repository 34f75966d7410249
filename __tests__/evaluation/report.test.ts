import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { marked } from 'marked';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import { htmlReport } from '../../src/evaluation/report/html.ts';
import { jsonReport } from '../../src/evaluation/report/json.ts';
import { markdownBody, markdownReport } from '../../src/evaluation/report/markdown.ts';
import { inferenceSentence } from '../../src/evaluation/report/sentences.ts';
import { root } from '../cli/model-ci.ts';
import { evaluation, noDiff } from './evaluation.ts';

const HOSTILE = '<img src=x onerror=alert(1)> | [a](javascript:b) @team `x` ::error::';

const context = { baselineReason: 'The baseline is the latest version.', reportPlace: '' };

describe('the Markdown report', () => {
  test('starts with the verdict and its reason', () => {
    const [first] = markdownReport(evaluation(3), context).split('\n');
    expect(first).toBe(
      '### ❌ Rejected: accuracy is 5.00 points worse (3.00 to 7.00 points worse); at most 1.00 points worse is allowed',
    );
  });

  test.each([3, 90, 1000, 50_000])(
    'fits a comment with %d classes, and keeps verdict and gates',
    (classes) => {
      const text = markdownReport(evaluation(classes), context);
      expect(text.length).toBeLessThan(65_536 - 500);
      expect(text).toMatch(/^### ❌ Rejected/);
      expect(text).toContain('accuracy at most 1.00 points worse');
      expect(text.includes('did not fit here')).toBe(classes > 1000);
    },
  );

  test('has no columns for a baseline that there is not', () => {
    const given = evaluation(3);
    const latency = { ...given.latency!, baseline: undefined, ratio: undefined };
    const gone = { baseline: undefined, pairs: undefined, flips: undefined };
    const text = markdownReport({ ...given, ...gone, gates: [], latency }, context);
    expect(text).toContain('| Metric | Candidate |\n');
    expect(text).not.toMatch(/Baseline|Each end of a range| in turn/);
  });

  test('lists what breaks, what came instead, and what to do', () => {
    const diff = {
      ...noDiff,
      interface: [
        { breaking: true, what: "output 'scores' is gone" },
        { breaking: false, what: "output 'logits' is new" },
      ],
    };
    const breaks = ["output 'scores' is gone"];
    const text = markdownReport({ ...evaluation(3), baseline: undefined, diff, breaks }, context);
    expect(text).toMatch(/^### ❌ Rejected: the interface breaks: output 'scores' is gone\n/);
    expect(text).toContain("- ❌ output 'scores' is gone\n- ℹ️ output 'logits' is new\n");
    expect(text).toContain('`evaluation.interface: free`');
  });

  test('says how many went together: tokens of texts that were sorted, else examples', () => {
    const { candidate } = evaluation(3);
    const { inference } = candidate;
    if (inference.by !== 'engine') throw new Error('the engine answered');
    const texts = { ...inference, setting: { threads: 1, batch: 1024 }, byLength: true };
    expect(inferenceSentence(texts)).toBe(
      'Answered by ONNX Runtime on the CPU, 1 thread, 1024 tokens at a time, texts of like length together.',
    );
    expect(inferenceSentence(inference)).toContain(', 2 threads, 64 examples at a time.');
  });

  test('leaves the heading to a check run, which has it as its title', () => {
    const body = markdownBody(evaluation(3), context);
    expect(markdownReport(evaluation(3), context)).toMatch(/^### ❌ Rejected/);
    expect(markdownReport(evaluation(3), context).endsWith(body)).toBe(true);
    expect(body).toMatch(/^Candidate `digits`/);
  });

  test('shows hostile names as text', async () => {
    const html = await marked.parse(markdownReport(evaluation(3, HOSTILE), context));
    expect(html).not.toMatch(/<img|<a /);
    expect(html).toContain('&lt;img');
  });
});

describe('the JSON report', () => {
  const schema = JSON.parse(
    readFileSync(path.join(root, 'schema/evaluation.json'), 'utf8'),
  ) as object;
  const validate = new Ajv2020().compile(schema);
  const printed = (given: Evaluation) =>
    JSON.parse(JSON.stringify(jsonReport(given, context))) as Record<string, unknown>;

  test.each([
    ['a comparison', evaluation(3)],
    ['more classes than a matrix shows', evaluation(500)],
    ['no baseline', { ...evaluation(3), baseline: undefined, pairs: undefined, flips: undefined }],
  ])('is as its schema says: %s', (_, given) => {
    validate(printed(given));
    expect(validate.errors).toBeNull();
  });

  test('has nothing that the schema does not know', () => {
    expect(validate({ ...printed(evaluation(3)), more: 1 })).toBe(false);
  });
});

describe('the HTML report', () => {
  test('has nothing to fetch or run, and escapes names', async () => {
    const html = await htmlReport(evaluation(12, HOSTILE), context);
    expect(html).not.toMatch(/<script|<img|<link|javascript:alert|@import|url\(/);
    expect(html).toContain('&lt;img src=x');
    expect(html.match(/<svg/g)).toHaveLength(5);
  });

  test('says where CUDA did not run, and where a batch changes the answers', async () => {
    const given = evaluation(3);
    const inference = { ...given.candidate.inference, fallback: `no <b>CUDA</b>`, alone: false };
    const odd = { ...given, candidate: { ...given.candidate, inference } };
    const markdown = markdownReport(odd, context);
    const html = await htmlReport(odd, context);
    for (const text of [markdown, html]) {
      expect(text).toContain('CUDA was asked for and does not run it: no ');
      expect(text).toContain('Its answers depend on which examples are answered together');
      expect(text).not.toContain('<b>CUDA');
    }
    expect(markdownReport(given, context)).not.toContain('CUDA');
  });

  test('shows what is wrong with the data, as text', async () => {
    const given = evaluation(3);
    const message = `10 examples are in <b>train.csv</b>`;
    const finding = { check: 'leakage', severity: 'error', message, place: { file: 'x' } } as const;
    const faulty = { ...given, data: { ...given.data, findings: [finding] } };
    for (const text of [markdownReport(faulty, context), await htmlReport(faulty, context)]) {
      expect(text).toContain('the data are faulty: 10 examples are in');
      expect(text).not.toContain('<b>train');
    }
  });

  test('is drawn without a baseline, and with more classes than a chart can show', async () => {
    const alone = {
      ...evaluation(500),
      baseline: undefined,
      pairs: undefined,
      flips: undefined,
      gates: [],
    };
    const html = await htmlReport({ ...alone, verdict: 'accepted' }, context);
    expect(html).toContain('no baseline');
    expect(html).toContain('nothing was judged');
  });
});
