import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTflite } from '../../src/formats/tflite/model.ts';
import { memorySource } from '../../src/formats/source.ts';
import {
  bytes,
  integers,
  model,
  tables,
  text,
  u32,
  u64,
  u8,
  type Changes,
} from '../formats/tflite/flatbuffer-writer.ts';
import { lint, rulesOf, zip } from './lint.ts';

const found = (changes: Changes): string[] => rulesOf({ 'm.tflite': model(changes) });

test('a sound model is clean, and read whole', () => {
  expect(lint({ 'm.tflite': model() })).toMatchObject({ verdict: 'clean', findings: [] });
  const read = readTflite(memorySource(model()));
  expect(read.subgraphs[0]?.tensors.map((tensor) => tensor?.name)).toEqual(['x', 'weight', 'x']);
  expect(read.subgraphs[0]?.operators[0]).toMatchObject({ code: 0, tensors: [0, 1, 2] });
  expect(read.buffers.map((buffer) => buffer?.length)).toEqual([0, 8]);
});

describe('what the rules find', () => {
  test.each<[string, Changes]>([
    ['tflite/tensor-size', { tensor: { 0: integers(3) } }],
    ['tflite/tensor-size', { tensor: { 0: integers(-2) } }],
    ['tflite/tensor-size', { tensor: { 1: u8(4) } }],
    ['tflite/index-range', { tensor: { 2: u32(9) } }],
    ['tflite/index-range', { operator: { 1: integers(0, 7) } }],
    ['tflite/index-range', { operator: { 0: u32(5) } }],
    ['tflite/index-range', { root: { 6: tables({ 0: text('info'), 1: u32(4) }) } }],
    ['tflite/flex-operator', { code: { 0: u8(32), 1: text('FlexWriteFile') } }],
    ['tflite/flex-operator', { code: { 0: u8(32), 1: text('FlexPyFunc') } }],
    ['tflite/custom-operator', { code: { 0: u8(32), 1: text('Mine') } }],
    ['tflite/version', { root: { 0: u32(4) } }],
    ['tflite/version', { root: { 2: tables() } }],
    ['structure/truncated', { buffer: { 0: bytes(new Uint8Array(0)), 1: u64(1e6), 2: u64(8) } }],
  ])('%s', (rule, changes) => {
    expect(found(changes)).toContain(rule);
  });

  test('but not operators of TensorFlow on tensors alone', () => {
    expect(found({ code: { 0: u8(32), 1: text('FlexAddV2') } })).toEqual([]);
  });
});

test('data behind the FlatBuffer are checked by their own range', () => {
  const empty = model({ buffer: { 1: u64(1000), 2: u64(8) } });
  const whole = new Uint8Array(1008);
  whole.set(empty);
  expect(rulesOf({ 'm.tflite': whole })).toEqual([]);
  expect(rulesOf({ 'm.tflite': whole.subarray(0, 1007) })).toEqual(['structure/truncated']);
});

test('the archive of associated files is read', () => {
  const labels = zip({ 'labels.txt': Buffer.from('cat\ndog\n') });
  expect(rulesOf({ 'm.tflite': Buffer.concat([model(), labels]) })).toEqual([]);
  const slip = zip({ '../../labels.txt': Buffer.from('x') });
  expect(rulesOf({ 'm.tflite': Buffer.concat([model(), slip]) })).toEqual([
    'archive/path-traversal',
  ]);
});

test('another identifier, and a model cut anywhere, are inconclusive', () => {
  expect(lint({ 'm.tflite': model({}, 'TFL9') }).verdict).toBe('inconclusive');
  const whole = model();
  // The last value ends before the padding of the file does.
  for (let end = 0; end < whole.length - 8; end++) {
    expect(readTflite(memorySource(whole.subarray(0, end))).problems).not.toEqual([]);
  }
});

test('damaged bytes never crash, hang or grow the reading', () => {
  const sound = model({ root: { 6: tables({ 0: text('info'), 1: u32(1) }) } });
  const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 16 }), (changes) => {
      const copy = Uint8Array.from(sound);
      for (const [at, value] of changes) copy[at] = value;
      const read = readTflite(memorySource(copy));
      expect(read.problems.length).toBeLessThanOrEqual(100);
    }),
    { numRuns: 5000, seed: 7 },
  );
});
