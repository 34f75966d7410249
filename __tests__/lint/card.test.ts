import { expect, test } from '@jest/globals';
import { policyFor } from '../../src/lint/policy.ts';
import { lintPolicy } from '../../src/project/lint-policy.ts';
import { card, SOUND_CARDS } from './card-cases.ts';
import { lint, zip, type Files } from './lint.ts';

test.each(SOUND_CARDS)('a card %s is clean', (_, files) => {
  expect(lint(files).findings).toEqual([]);
});

test.each(['gpl-3.0', 'agpl-3.0', 'odc-by', 'llama3.1', 'cc-by-nc-4.0', 'GPL-3.0-only'])(
  'the licence %s is known',
  (license) => {
    expect(lint(card(`license: ${license}`)).findings).toEqual([]);
  },
);

test('a finding names the line of the value', () => {
  const { findings } = lint(card('license: mit\nlanguage:\n- en\n- french'));
  expect(findings).toMatchObject([
    {
      rule: 'card/language',
      line: 5,
      message: "'french' is no language code of ISO 639; did you mean fr?",
    },
  ]);
});

test('the policy asks for fields', () => {
  const policy = lintPolicy.parse({ card: { required: ['license', 'datasets', 'language'] } });
  const { findings } = lint(
    card('license: mit\nlanguage: en\ndatasets: []'),
    policyFor(policy, 'README.md', '2026-01-01'),
  );
  expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toContain(
    'card/required-field: the card has no datasets, which the policy requires',
  );
});

test('a model without a card is found where the policy asks for fields', () => {
  const policy = policyFor(
    lintPolicy.parse({ card: { required: ['license'] } }),
    'm.npz',
    '2026-01-01',
  );
  const rules = (files: Files) => lint(files, policy).findings.map(({ rule }) => rule);
  const model = { 'm.npz': zip({ a: new Uint8Array(1) }) };
  expect(rules(model)).toEqual(['file/without-card']);
  expect(rules({ ...model, 'README.md': '---\nlicense: mit\n---\n' })).toEqual([]);
});

test('all weights are searched where the policy says so', () => {
  const values = new Float32Array(4 * 1024 * 1024).fill(0.5);
  values[values.length - 1] = NaN;
  const header = Buffer.from(
    JSON.stringify({
      w: { dtype: 'F32', shape: [values.length], data_offsets: [0, values.byteLength] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const files = { 'm.safetensors': Buffer.concat([length, header, Buffer.from(values.buffer)]) };
  const all = policyFor(lintPolicy.parse({ weights: 'all' }), 'm', '2026-01-01');
  expect(lint(files).findings).toEqual([]);
  expect(lint(files, all).findings).toMatchObject([{ rule: 'safetensors/non-finite' }]);
});
