import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memorySource } from '../../src/formats/source.ts';
import { readTensorflow } from '../../src/formats/tensorflow/saved-model.ts';
import { bytes, integer, join, message } from '../onnx/wire.ts';
import { lint, rulesOf, type Files } from './lint.ts';

const attribute = (key: string, ...value: readonly Uint8Array[]): Uint8Array =>
  message(5, bytes(1, key), message(2, ...value));

const node = (
  field: number,
  op: string,
  name: string,
  inputs: readonly string[] = [],
  ...attributes: readonly Uint8Array[]
): Uint8Array =>
  message(
    field,
    bytes(1, name),
    bytes(2, op),
    ...inputs.map((input) => bytes(3, input)),
    ...attributes,
  );

const constant = (name: string, value: string): Uint8Array =>
  node(1, 'Const', name, [], attribute('value', message(8, integer(1, 7), bytes(8, value))));

const inFunction = (...nodes: readonly Uint8Array[]): Uint8Array =>
  message(2, message(1, message(1, bytes(1, 'inner')), ...nodes));

const savedModel = (...graph: readonly Uint8Array[]): Uint8Array =>
  join(integer(1, 1), message(2, message(2, ...graph)));

const found = (...graph: readonly Uint8Array[]): string[] =>
  rulesOf({ 'saved_model.pb': savedModel(...graph) });

const add = node(1, 'AddV2', 'add', ['x', 'y']);

/** The saver that every SavedModel has. */
const saver = [
  node(1, 'Placeholder', 'filename'),
  constant('part', '/part'),
  node(1, 'StringJoin', 'join', ['filename', 'part']),
  node(1, 'ShardedFilename', 'sharded', ['join']),
  node(1, 'SaveV2', 'save', ['sharded', 'names']),
  node(1, 'RestoreV2', 'restore', ['filename', 'names']),
  node(1, 'MergeV2Checkpoints', 'merge', ['sharded', 'filename']),
];

test('graphs of tensors, and the saver of every model, are clean', () => {
  expect(lint({ 'saved_model.pb': savedModel(add, ...saver) })).toMatchObject({
    verdict: 'clean',
    findings: [],
  });
  expect(lint({ 'frozen_graph.pb': join(add, constant('c', '/etc/x')) }).verdict).toBe('clean');
});

describe('operators that reach out of the graph', () => {
  test.each([
    ['tensorflow/runs-code', 'PyFunc'],
    ['tensorflow/runs-code', 'EagerPyFunc'],
    ['tensorflow/runs-code', 'PyFuncStateless'],
    ['tensorflow/file-access', 'ReadFile'],
    ['tensorflow/file-access', 'WriteFile'],
    ['tensorflow/file-access', 'MatchingFiles'],
    ['tensorflow/file-access', 'TFRecordDatasetV2'],
    ['tensorflow/file-access', 'CacheDatasetV2'],
    ['tensorflow/file-access', 'ImmutableConst'],
    ['tensorflow/file-access', 'IO>BigQueryReadSession'],
    ['tensorflow/network-access', 'DataServiceDatasetV4'],
    ['tensorflow/custom-operator', 'Addons>Sparsemax'],
  ])('%s: %s', (rule, op) => {
    expect(found(add, node(1, op, 'n'))).toEqual(
      [rule].concat(op.startsWith('IO>') ? ['tensorflow/custom-operator'] : []),
    );
    expect(found(add, inFunction(node(3, op, 'n')))).toContain(rule);
    expect(rulesOf({ 'graph.pb': join(add, node(1, op, 'n')) })).toContain(rule);
  });

  test('the path they use is named', () => {
    const { findings } = lint({
      'saved_model.pb': savedModel(constant('p', '/etc/shadow'), node(1, 'ReadFile', 'r', ['p:0'])),
    });
    expect(findings[0]?.message).toContain('/etc/shadow');
  });

  test('by a setting', () => {
    const print = (stream: string) =>
      node(1, 'PrintV2', 'p', [], attribute('output_stream', bytes(2, stream)));
    expect(found(print('file:///home/x'))).toEqual(['tensorflow/output-stream']);
    expect(found(print('stderr'))).toEqual([]);
    const urls = attribute('debug_urls', message(1, bytes(2, 'grpc://example.org')));
    expect(found(node(1, 'DebugIdentityV9', 'd', [], urls))).toContain('tensorflow/output-stream');
  });
});

describe('checkpoints at a fixed path', () => {
  test.each(['/etc/cron.d/job', '../../x', 'gs://bucket/x', '~/x'])('%s', (path) => {
    const parts = [constant('p', path), node(1, 'Identity', 'i', ['p'])];
    expect(found(...parts, node(1, 'SaveV2', 's', ['i', 'names']))).toEqual([
      'tensorflow/checkpoint-path',
    ]);
  });
});

test('a vocabulary from a fixed path is found', () => {
  const table = (path: string) =>
    found(constant('p', path), node(1, 'InitializeTableFromTextFileV2', 't', ['h', 'p']));
  expect(table('/etc/passwd')).toEqual(['tensorflow/file-access']);
  expect(table('words.txt')).toEqual([]);
});

describe('the folder', () => {
  const variables = savedModel(add, node(1, 'VarHandleOp', 'v'));
  const rules = (files: Files): string[] => rulesOf({ 'saved_model.pb': variables, ...files });
  const index = { 'variables/variables.index': 'x' };
  const shard = 'variables/variables.data-0000';

  test('variables must be there, with every shard', () => {
    expect(rules({})).toEqual(['tensorflow/missing-file']);
    expect(rules(index)).toEqual(['tensorflow/missing-file']);
    expect(rules({ ...index, [`${shard}0-of-00002`]: 'x' })).toEqual(['tensorflow/missing-file']);
    expect(rules({ ...index, [`${shard}0-of-00001`]: '' })).toEqual(['tensorflow/missing-file']);
    expect(rules({ ...index, [`${shard}0-of-00001`]: 'x' })).toEqual([]);
  });

  test('assets are in it', () => {
    const asset = (name: string) =>
      join(integer(1, 1), message(2, message(2, add), message(6, bytes(2, name))));
    expect(rulesOf({ 'saved_model.pb': asset('words.txt') })).toEqual(['tensorflow/missing-file']);
    expect(rulesOf({ 'saved_model.pb': asset('words.txt'), 'assets/words.txt': 'a' })).toEqual([]);
    expect(rulesOf({ 'saved_model.pb': asset('../x') })).toEqual(['tensorflow/asset-path']);
  });

  const lambda = '{"class_name": "Lambda", "config": {"function_type": "lambda"}}';
  test("Keras' metadata beside the model, and within it", () => {
    const metadata = message(1, integer(2, 0), bytes(5, lambda));
    const files = { 'saved_model.pb': savedModel(add), 'keras_metadata.pb': metadata };
    expect(rulesOf(files)).toEqual(['keras/embedded-code']);
    expect(rulesOf({ 'keras_metadata.pb': metadata })).toEqual(['keras/embedded-code']);
    const objects = message(7, message(1, message(4, bytes(3, lambda))));
    const within = join(integer(1, 1), message(2, message(2, add), objects));
    expect(rulesOf({ 'saved_model.pb': within })).toEqual(['keras/embedded-code']);
  });
});

test('cut anywhere, a model is never taken for whole', () => {
  const whole = savedModel(add, ...saver, inFunction(node(3, 'AddV2', 'a')));
  for (let end = 1; end < whole.length; end++) {
    const { problems } = readTensorflow(memorySource(whole.subarray(0, end)), 'saved_model.pb');
    expect(problems).not.toEqual([]);
  }
});

test('damaged bytes never crash, hang or grow the reading', () => {
  const whole = savedModel(constant('p', '/x'), ...saver, inFunction(node(3, 'ReadFile', 'a')));
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 16 }), (changes) => {
      const copy = Uint8Array.from(whole);
      for (const [at, value] of changes) copy[at] = value;
      const { problems } = readTensorflow(memorySource(copy), 'graph.pb');
      expect(problems.length).toBeLessThanOrEqual(100);
    }),
    { numRuns: 3000, seed: 7 },
  );
});
