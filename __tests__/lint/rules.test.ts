import { describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { RULES } from '../../src/lint/rules/index.ts';
import { adder, initializer, integer, join, message, node } from '../onnx/wire.ts';
import { CASES, graph, none, tensor } from './cases.ts';
import { card } from './card-cases.ts';
import { gguf, lint, npy, pickle, rulesOf, safetensors, text, zip, type Files } from './lint.ts';
import { onnx, ONNX_CASES, weights, withWeights } from './onnx-cases.ts';

const ALL = [...CASES, ...ONNX_CASES];

test.each(ALL)('%s is found', (rule, files) => {
  expect(rulesOf(files)).toContain(rule);
});

describe('sound files are clean', () => {
  test.each<[string, Files]>([
    ['an ONNX model', { 'm.onnx': adder() }],
    [
      'external data beside the model',
      withWeights(['location', 'w.bin'], ['offset', '0'], ['length', '8']),
    ],
    [
      'external data in a folder with dots',
      { 'm.onnx': withWeights(['location', 'a..b/w.bin'])['m.onnx']!, 'a..b/w.bin': weights },
    ],
    [
      'a mask of zeros and infinities',
      onnx(
        node('Add', ['x', 'w'], ['y']),
        initializer('w', [2], new Uint8Array(Float32Array.of(0, -Infinity).buffer)),
      ),
    ],
    [
      'safetensors',
      {
        'm.safetensors': safetensors(
          { __metadata__: { format: 'pt' }, b: tensor(4, 8), a: tensor(0, 4) },
          weights,
        ),
      },
    ],
    ['an empty safetensors', { 'm.safetensors': safetensors({}) }],
    [
      'a torch archive',
      {
        'm.pt': zip({
          'archive/data.pkl': none,
          'archive/data/0': weights,
          'archive/version': Buffer.from('3\n'),
        }),
      },
    ],
    [
      'an array',
      { 'm.npy': npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", weights) },
    ],
    [
      'packed arrays',
      {
        'm.npz': zipSync({
          'a.npy': npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", weights),
        }),
      },
    ],
    [
      'GGUF',
      {
        'm.gguf': gguf(
          { 'tokenizer.chat_template': "{% for m in messages %}{{ m['content'] }}{% endfor %}" },
          [{ name: 'a', size: 8, offset: 0 }],
          32,
        ),
      },
    ],
    [
      'a SavedModel with its checkpoint operations',
      {
        'saved_model.pb': join(
          integer(1, 1),
          message(2, message(2, graph('SaveV2'), graph('RestoreV2'), graph('MergeV2Checkpoints'))),
        ),
      },
    ],
    ['a card', card('license: apache-2.0')],
    [
      'a tokenizer with its vocabulary',
      { 'tokenizer_config.json': '{"tokenizer_class":"T5Tokenizer"}', 'spiece.model': 'x' },
    ],
    ['a tokenizer of bytes', { 'tokenizer_config.json': '{"tokenizer_class":"ByT5Tokenizer"}' }],
    ['a generation config', { 'generation_config.json': '{"temperature":0.6,"do_sample":true}' }],
    [
      'modules of sentence-transformers',
      { 'modules.json': '[{"type":"sentence_transformers.models.Pooling"}]' },
    ],
    ['a plain pickle', { 'm.pkl': pickle('\x80\x04', text('data'), '.') }],
  ])('%s', (_, files) => {
    const report = lint(files);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('clean');
  });
});

test('what could not be read to its end is inconclusive', () => {
  for (const files of [
    { 'm.onnx': '' },
    { 'm.onnx': adder().slice(0, -1) },
    { 'm.pt': pickle('7z\xbc\xaf\x27\x1c', 'rest') },
  ]) {
    expect(lint(files).verdict).toBe('inconclusive');
  }
});

test('every rule has an id of its own, a rationale, two examples, and is found by a case', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  for (const { id, family, rationale, fails, passes } of RULES) {
    expect(id.startsWith(`${family}/`)).toBe(true);
    expect(Math.min(rationale.length, fails.length, passes.length)).toBeGreaterThan(3);
  }
  /** Tested beside their readers. */
  const elsewhere = ['pickle', 'hdf5', 'keras', 'tensorflow', 'tflite', 'tar'];
  const here = RULES.filter(({ family }) => !elsewhere.includes(family)).map(({ id }) => id);
  const found = new Set(ALL.map(([rule]) => rule));
  const symbolic = [
    'card/required-field',
    'file/without-card',
    'archive/symbolic-link',
    'archive/bomb',
    'archive/overlap',
    'archive/duplicate-member',
  ];
  expect(here.filter((id) => !found.has(id) && !symbolic.includes(id))).toEqual([]);
});
