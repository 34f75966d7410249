import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readKerasConfig } from '../../src/formats/keras/config.ts';
import { lint, rulesOf, zip } from './lint.ts';

const weights = readFileSync(new URL('../formats/hdf5/files/sound-latest.h5', import.meta.url));
const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

const archive = (config: unknown): Uint8Array =>
  zip({
    'metadata.json': encode({ keras_version: '3.8.0' }),
    'config.json': encode(config),
    'model.weights.h5': weights,
  });

const model = (...layers: readonly unknown[]) => ({
  module: 'keras',
  class_name: 'Sequential',
  config: { layers },
  registered_name: null,
});

const found = (...layers: readonly unknown[]): string[] =>
  rulesOf({ 'm.keras': archive(model(...layers)) });

const code = Buffer.concat([Buffer.from('e3', 'hex'), Buffer.alloc(40)]).toString('base64');
const call = (module: string, name: string) => ({ class_name: 'function', config: name, module });

test('a model of layers of Keras is clean', () => {
  const dense = {
    module: 'keras.layers',
    class_name: 'Dense',
    config: { activation: call('keras.activations', 'relu'), units: 3 },
  };
  const functional = {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {},
  };
  const builtin = call('builtins', 'mse');
  expect(lint({ 'm.keras': archive(model(dense, functional, builtin)) })).toMatchObject({
    format: 'keras',
    verdict: 'clean',
    findings: [],
  });
});

test.each(['', '[]', '{'])('a configuration that is %j is no model', (config) => {
  expect(rulesOf({ 'm.keras': archive(config) })).toEqual(['structure/malformed']);
});

test("Python's NaN and Infinity are no damage", () => {
  expect(
    rulesOf({ 'm.keras': archive('{"class_name": "ReLU", "a": NaN, "b": [-Infinity, "NaN"]}') }),
  ).toEqual([]);
});

describe('code in the configuration', () => {
  test.each([
    ['__lambda__', { class_name: '__lambda__', config: { code } }],
    [
      'Keras 2',
      { class_name: 'Lambda', config: { function: [code, null], function_type: 'lambda' } },
    ],
    ['output shape', { class_name: 'Lambda', config: { output_shape_type: 'lambda' } }],
    ['source text', { class_name: 'Lambda', config: { function: 'lambda x: eval("1")' } }],
    ['no type', { class_name: 'Lambda', config: { function: ['4wEAAAAA', null, null] } }],
    ['bytecode anywhere', { class_name: 'Dense', config: { name: code } }],
    ['wrapped', { class_name: 'TimeDistributed', config: { layer: { class_name: '__lambda__' } } }],
    ['JSON within JSON', { class_name: 'Wrapper', config: '{"class_name": "__lambda__"}' }],
  ])('%s', (_, layer) => {
    expect(found(layer)).toContain('keras/embedded-code');
  });
});

describe('references that no model needs', () => {
  test.each([
    ['os', 'system'],
    ['builtins', 'exec'],
    ['subprocess', 'Popen'],
    ['keras.utils', 'get_file'],
    ['keras.config', 'enable_unsafe_deserialization'],
    ['keras.saving', 'load_model'],
    ['keras.models', 'load_model'],
    ['keras.src.utils.file_utils', 'get_file'],
    ['keras.ops.os', 'x.y'],
  ])('%s.%s', (module, name) => {
    expect(found(call(module, name))).toContain('keras/unsafe-reference');
    // The loader takes the name of a class for a function's too.
    expect(found({ class_name: name, module, config: {} })).toContain('keras/unsafe-reference');
  });

  test('the function of a Keras 2 Lambda, by its name', () => {
    const layer = {
      class_name: 'Lambda',
      config: { function: 'system', function_type: 'function', module: 'os' },
    };
    expect(found(layer)).toContain('keras/unsafe-reference');
  });

  test('a call of TensorFlow by its name', () => {
    const layer = (name: string) => ({ class_name: 'TFOpLambda', config: { function: name } });
    expect(found(layer('io.write_file'))).toContain('keras/tensorflow-call');
    expect(found(layer('math.multiply'))).toEqual([]);
    expect(found(layer('io.decode_jpeg'))).toEqual([]);
  });
});

test('packages of others, custom objects, and pickled modules', () => {
  expect(found({ class_name: 'Layer', module: 'shop.layers' })).toEqual(['keras/foreign-module']);
  expect(found({ class_name: 'Layer', module: null, registered_name: 'shop>Layer' })).toEqual([
    'keras/custom-object',
  ]);
  expect(found({ class_name: 'TorchModuleWrapper', module: 'keras.layers' })).toEqual([
    'keras/pickled-module',
  ]);
});

test('files and addresses outside of the model', () => {
  const lookup = (vocabulary: unknown) => ({
    class_name: 'StringLookup',
    module: 'keras.layers',
    config: { vocabulary },
  });
  expect(found(lookup('words.txt'))).toEqual(['keras/outside-file']);
  expect(found(lookup(['a', 'b']))).toEqual([]);
  expect(found(lookup(null))).toEqual([]);
  expect(found({ class_name: 'TFSMLayer', config: { filepath: 'x' } })).toEqual([
    'keras/outside-file',
  ]);
  expect(found({ config: { origin: 'https://example.org/a.tar' } })).toEqual(['keras/address']);
});

test('an archive without its parts is no model', () => {
  expect(lint({ 'm.keras': zip({ 'metadata.json': encode({}) }) }).verdict).toBe('inconclusive');
  expect(lint({ 'm.keras': archive('{') }).verdict).toBe('inconclusive');
  const noWeights = zip({ 'config.json': encode(model()) });
  expect(rulesOf({ 'm.keras': noWeights })).toEqual(['structure/inconsistent']);
});

test('a configuration nested deeper than any stack is read', () => {
  const depth = 100_000;
  const json = '{"a":'.repeat(depth) + '{"class_name":"__lambda__"}' + '}'.repeat(depth);
  const { references, problems } = readKerasConfig(json);
  expect(problems).toEqual([]);
  expect(references.map(({ name }) => name)).toEqual(['__lambda__']);
});
