import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { memorySource } from '../../src/formats/source.ts';
import { readModel, readModelFrom, readSoundModel } from '../../src/onnx/read.ts';
import {
  adder,
  bytes,
  floatValue,
  initializer,
  integer,
  join,
  message,
  model,
  node,
  varint,
} from './wire.ts';

const read = (content: Uint8Array) => readModelFrom(memorySource(content));

describe('a sound model', () => {
  test('is read whole, its tensors left in the file', () => {
    const file = adder();
    const { model: read_, problems } = read(file);
    expect(problems).toEqual([]);
    expect(read_.irVersion).toBe(8);
    expect(read_.opsetImports).toEqual([{ domain: '', version: 17 }]);
    expect(read_.graph.nodes).toMatchObject([
      { opType: 'Add', inputs: ['x', 'w'], outputs: ['y'], domain: '' },
    ]);
    expect(read_.graph.inputs).toEqual([{ name: 'x', elementType: 1, dims: [2] }]);
    const [tensor] = read_.graph.initializers;
    expect(tensor).toMatchObject({ name: 'w', dims: [2], data: { kind: 'file', length: 8 } });
  });

  test('keeps attributes of every kind', () => {
    const attributes = [
      message(5, bytes(1, 'axis'), integer(3, -1), integer(20, 2)),
      message(5, bytes(1, 'mode'), bytes(4, 'linear'), integer(20, 3)),
      message(5, bytes(1, 'perm'), bytes(8, join(varint(1), varint(0))), integer(20, 7)),
      message(5, bytes(1, 'body'), message(6, bytes(2, 'inner')), integer(20, 5)),
      message(5, bytes(1, 'from'), bytes(21, 'outer')),
    ];
    const { model: read_ } = read(model(node('X', [], ['y'], ...attributes)));
    const found = read_.graph.nodes[0]!.attributes;
    expect(found.get('axis')).toEqual({ type: 'int', value: -1n });
    expect(found.get('mode')).toEqual({ type: 'string', value: 'linear' });
    expect(found.get('perm')).toEqual({ type: 'ints', value: [1n, 0n] });
    expect(found.get('body')).toMatchObject({ type: 'graph', value: { name: 'inner' } });
    expect(found.get('from')).toEqual({ type: 'reference', value: 'outer' });
  });

  test('counts typed values without loading them', () => {
    const packed = message(
      5,
      integer(1, 3),
      integer(2, 7),
      bytes(8, 'n'),
      bytes(7, join(varint(1), varint(300), varint(-1))),
    );
    const { model: read_ } = read(model(packed));
    expect(read_.graph.initializers[0]!.data).toMatchObject({
      kind: 'typed',
      field: 'int64_data',
      count: 3,
    });
  });
});

describe('a broken model', () => {
  test('names every problem, not only the first', () => {
    const broken = model(
      message(1, integer(4, 1)),
      message(1, bytes(4, Uint8Array.of(0xff))),
      message(5, bytes(9, 'ab'), bytes(9, 'cd')),
    );
    const { problems } = read(broken);
    expect(problems.map(({ kind, path: at }) => `${kind} ${at}`)).toEqual([
      'malformed graph.node[0]',
      'malformed graph.node[1]',
      'inconsistent graph.initializer[0]',
    ]);
  });

  test('is truncated at the byte that announces too much', () => {
    const { problems } = read(adder().slice(0, -3));
    expect(problems[0]).toMatchObject({ kind: 'truncated', offset: 6 });
  });

  test.each([
    ['zeros', new Uint8Array(100)],
    ['text', new TextEncoder().encode('<!DOCTYPE html><html></html>')],
    ['nothing', new Uint8Array(0)],
    ['a length of 2^63', join(varint(7 * 8 + 2), varint(1n << 63n))],
    ['a varint without an end', new Uint8Array(12).fill(0xff)],
  ])('%s is no model', (_, content) => {
    const result = read(content);
    expect(result.problems.length).toBeGreaterThan(0);
    expect(result.model.graph.nodes).toEqual([]);
  });

  test('does not recurse deeper than protobuf does', () => {
    let graph = bytes(2, 'deepest');
    for (let depth = 0; depth < 60; depth++) {
      graph = node('If', ['c'], ['y'], message(5, bytes(1, 'b'), message(6, graph)));
    }
    expect(read(model(graph)).problems).toMatchObject([{ kind: 'limit' }]);
  });

  test('stops at a million objects', () => {
    const empty = new Uint8Array(2_200_000).fill(0);
    for (let index = 0; index < empty.length; index += 2) empty[index] = 0x0a;
    const { problems } = read(join(integer(1, 8), varint(7 * 8 + 2), varint(empty.length), empty));
    expect(problems).toMatchObject([{ kind: 'limit' }]);
  });

  test('never throws, whatever byte is changed', () => {
    const file = adder();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(file.length),
        (edits, length) => {
          const mutant = file.slice(0, length);
          for (const [at, value] of edits) if (at < length) mutant[at] = value;
          expect(read(mutant).problems).toBeInstanceOf(Array);
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe('files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'read-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('over 4 GiB are read at their offsets', async () => {
    const file = path.join(folder, 'big.onnx');
    const length = 5 * 1024 ** 3;
    const head = join(
      integer(1, length / 4),
      integer(2, 1),
      bytes(8, 'w'),
      varint(9 * 8 + 2),
      varint(length),
    );
    const graph = join(
      floatValue(12, 'y', [1]),
      varint(5 * 8 + 2),
      varint(head.length + length),
      head,
    );
    const start = join(integer(1, 8), varint(7 * 8 + 2), varint(graph.length + length), graph);
    writeFileSync(file, start);
    truncateSync(file, start.length + length);
    const { model: read_, problems } = await readModel(file);
    expect(problems).toEqual([]);
    expect(read_.graph.initializers[0]).toMatchObject({
      name: 'w',
      data: { kind: 'file', offset: start.length, length },
    });
    rmSync(file);
  });

  test('that cannot be read whole are refused to those who would use them', async () => {
    const file = path.join(folder, 'cut.onnx');
    writeFileSync(file, adder().slice(0, -1));
    await expect(readSoundModel(file)).rejects.toThrow(UserError);
    writeFileSync(file, model(initializer('w', [1], new Uint8Array(4))));
    expect((await readSoundModel(file)).graph.initializers).toHaveLength(1);
  });
});
