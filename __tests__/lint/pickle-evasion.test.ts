import { describe, expect, test } from '@jest/globals';
import { pickle, rulesOf, text } from './lint.ts';

const rules = (bytes: Uint8Array) => rulesOf({ 'model.pkl': bytes });

describe('getattr on what stands in the file', () => {
  const named = (module: string, name: string) => pickle(text(module), text(name), '\x93');
  const got = (object: Uint8Array, name: string) =>
    pickle(named('builtins', 'getattr'), object, text(name), '\x86R');
  const string = named('builtins', 'str');
  test.each([
    ['a method of a type', got(string, 'lower'), []],
    ['a member of an enumeration', got(named('uuid', 'SafeUUID'), 'UNSAFE'), []],
    [
      'a method of an object',
      got(pickle(named('scipy.interpolate._interpolate', 'interp1d'), ')\x81'), '_evaluate'),
      ['pickle/unknown-global'],
    ],
    ['a method that is called', pickle(got(string, 'format'), ')R'), ['pickle/unsafe-global']],
    [
      'a module in a module',
      got(named('torch.nn.modules', 'os'), 'system'),
      ['pickle/unknown-global', 'pickle/unsafe-global'],
    ],
    ['what leads out', got(named('logging', 'getLogger'), '__globals__'), ['pickle/unsafe-global']],
    ['a method that deletes', got(named('pathlib', 'Path'), 'unlink'), ['pickle/unsafe-global']],
    [
      'a name that is no text',
      pickle(named('builtins', 'getattr'), string, 'N\x86R'),
      ['pickle/unsafe-global'],
    ],
  ])('%s', (_, value, expected) => {
    expect(rules(pickle('\x80\x04', value, '.')).toSorted()).toEqual(expected);
  });
});

describe('bytes that loaders read differently', () => {
  /** A wrapper of joblib that says that `values` are an array. */
  const array = (values: Uint8Array, before = '') =>
    pickle(
      ...[
        '\x80\x04',
        before,
        text('joblib.numpy_pickle'),
        text('NumpyArrayWrapper'),
        '\x93)\x81}(',
      ],
      ...[text('shape'), 'K', values.length, '\x85', text('dtype')],
      ...[text('numpy'), text('dtype'), '\x93', text('u1'), '\x89\x88\x87Rub', values, '.'],
    );

  test('values of an array are no opcodes', () => {
    expect(rules(array(pickle('R\x93c0.......')))).toEqual([]);
  });

  test.each([
    ['by itself', array(pickle(text('os'), text('system'), '\x93', text('x'), '\x85R'))],
    [
      'with names from before it',
      array(pickle('h\x00h\x01\x93N\x85R'), `\x8c\x02os\x94\x8c\x06system\x9400`),
    ],
  ])('a program in the values is found %s', (_, bytes) => {
    expect(rules(bytes)).toContain('pickle/unsafe-global');
  });
});
