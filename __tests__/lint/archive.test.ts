import { describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { calling, npy, pickle, rulesOf, text, zip } from './lint.ts';

const evil = calling('os', 'system');
const numbers = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (64,), }", Buffer.alloc(64));

/** A pickle that asks torch for one storage of `count` floats. */
const asking = (count: number) =>
  pickle(
    ...['\x80\x04(', text('storage'), text('torch'), text('FloatStorage'), '\x93'],
    ...[text('0'), text('cpu'), 'K', count, 'tQ.'],
  );

describe('members of torch archives', () => {
  test('tensor data may begin like any format', () => {
    const starts = [
      '\x78\x9c',
      '\x80\x04',
      '\x80\x02}q\x00',
      'BZh91AY&SY',
      '\x1f\x8b\x08',
      'PK\x03\x04',
    ];
    starts.push('(l', ']q\0', '\x93NUMPY', 'GGUF', '....TFL3', '\x04\x22\x4d\x18');
    for (const start of starts) {
      const data = pickle(start, new Uint8Array(64 - start.length).fill(0xa9));
      expect(rulesOf({ 'm.pt': zip({ 'm/data.pkl': asking(16), 'm/data/0': data }) })).toEqual([]);
    }
  });

  test.each(['data/0', 'payload', 'x.txt', 'config.json', 'inner/data.pkl'])(
    'a program in %s is found, whole or broken',
    (name) => {
      for (const bytes of [evil, evil.subarray(0, -1), pickle('cos\nsystem\n(S"x"\ntR.')]) {
        const members = { 'm/data.pkl': asking(0), 'm/data/0': bytes, [`m/${name}`]: bytes };
        expect(rulesOf({ 'm.pt': zip(members) })).toContain('pickle/unsafe-global');
      }
    },
  );

  test('tensor data must be there, and long enough', () => {
    const sound = { 'm/data.pkl': asking(4), 'm/data/0': new Uint8Array(16) };
    expect(rulesOf({ 'm.pt': zip(sound) })).toEqual([]);
    expect(rulesOf({ 'm.pt': zip({ ...sound, 'm/data/0': new Uint8Array(15) }) })).toEqual([
      'structure/truncated',
    ]);
    expect(rulesOf({ 'm.pt': zip({ 'm/data.pkl': asking(4) }) })).toEqual(['structure/truncated']);
  });

  test('a class by a persistent id, as the legacy format has it, is called by its name', () => {
    const module = (name: string) =>
      pickle(
        ...['\x80\x04(', text('module'), text('torch.nn.modules.linear'), text(name)],
        ...['\x93', text('file'), text('code'), 'tQ)\x81.'],
      );
    expect(rulesOf({ 'm.pt': zip({ 'm/data.pkl': module('Linear') }) })).toEqual([]);
    expect(rulesOf({ 'm.pt': zip({ 'm/data.pkl': module('os.system') }) })).toEqual([
      'pickle/unsafe-global',
    ]);
  });
});

describe('what belongs to no member', () => {
  const archive = zip({ 'a.npy': numbers });
  test.each([
    ['before', pickle('junk', archive)],
    ['behind', pickle(archive, 'junk')],
  ])('bytes %s the archive', (_, bytes) => {
    expect(rulesOf({ 'm.npz': bytes })).toContain('archive/outside-data');
  });

  test('a pickle behind the archive, or behind an array', () => {
    expect(rulesOf({ 'm.npz': pickle(archive, evil) })).toContain('pickle/unsafe-global');
    expect(rulesOf({ 'm.npy': pickle(numbers, evil) })).toContain('pickle/unsafe-global');
  });
});

describe('damage', () => {
  test.each([
    ['stored', zip({ 'a.npy': numbers })],
    ['packed', zipSync({ 'a.npy': numbers })],
  ])('a checksum of a %s member that is wrong', (_, archive) => {
    const damaged = Buffer.from(archive);
    const at = damaged.indexOf('PK\x01\x02') + 16;
    damaged[at]! ^= 1;
    expect(rulesOf({ 'm.npz': archive })).toEqual([]);
    expect(rulesOf({ 'm.npz': damaged })).toEqual(['structure/malformed']);
  });

  test('a member that is not what its name says', () => {
    expect(rulesOf({ 'm.npz': zip({ 'a.npy': pickle('garbage') }) })).toEqual([
      'structure/malformed',
    ]);
  });

  test('a key that numpy does not know', () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (0,), 'x': 1, }";
    expect(rulesOf({ 'm.npy': npy(header) })).toEqual(['structure/malformed']);
  });
});
