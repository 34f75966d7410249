import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { readPickles } from '../../src/formats/pickle/pickles.ts';
import { memorySource } from '../../src/formats/source.ts';
import { measure } from '../cpu-time.ts';
import { calling, lint, pickle, rulesOf, text } from './lint.ts';

const rules = (bytes: Uint8Array) => rulesOf({ 'model.pkl': bytes });
const globals = (bytes: Uint8Array) =>
  readPickles(memorySource(bytes)).streams.flatMap(({ effects }) =>
    [...effects.globals.values()].map(
      ({ module, name, called, made }) => `${module}.${name}${called || made ? '()' : ''}`,
    ),
  );

describe('what a pickle imports is found', () => {
  test.each([
    ['GLOBAL and REDUCE', pickle('cos\nsystem\n(S"x"\ntR.')],
    ['INST', pickle('(S"x"\nios\nsystem\n.')],
    ['OBJ', pickle('(cos\nsystem\nS"x"\no.')],
    ['NEWOBJ', pickle('\x80\x02cos\nsystem\n)\x81.')],
    ['NEWOBJ_EX', pickle('\x80\x04cos\nsystem\n)}\x92.')],
    ['STACK_GLOBAL', calling('os', 'system')],
    [
      'names from the memo',
      pickle(
        '\x80\x04',
        text('os'),
        '\x940',
        text('system'),
        '\x94',
        text('y'),
        '00h\x00h\x01\x93)R.',
      ),
    ],
    [
      'MEMOIZE behind a sparse PUT',
      pickle(
        '\x80\x04',
        text('a'),
        'q\x05',
        text('os'),
        '\x94',
        text('system'),
        '\x9400h\x01h\x02\x93)R.',
      ),
    ],
    [
      'DUP and POP between the names',
      pickle('\x80\x04', text('os'), text('x'), '20', '0', text('system'), '\x93)R.'),
    ],
    ['escapes in UNICODE', pickle('\x80\x04V\\u006f\\u0073\nVsystem\n\x93)R.')],
    ['escapes in STRING', pickle("S'\\x6fs'\nS'system'\n\x93)R.")],
    [
      'PROTO within the stream',
      pickle('\x80\x04', text('os'), '\x80\x02', text('system'), '\x80\x04\x93)R.'),
    ],
    ['a pickle behind another', pickle('\x80\x04N.', calling('os', 'system'))],
    ['a pickle behind padding', pickle('\x80\x04N.', '\0'.repeat(5000), calling('os', 'system'))],
    ['a pickle behind other bytes', pickle('\x80\x04N.', 'garbage', calling('os', 'system'))],
  ])('by %s', (_, bytes) => {
    expect(globals(bytes)).toContain('os.system()');
    expect(rules(bytes)).toContain('pickle/unsafe-global');
  });

  test('before the stream breaks', () => {
    const whole = calling('os', 'system');
    for (const broken of [
      pickle(whole.subarray(0, -1), '\xff'),
      whole.subarray(0, -1),
      pickle(whole.subarray(0, -1), 'X\xff\xff\xff\x7f'),
    ]) {
      const report = lint({ 'model.pkl': broken });
      expect(report.verdict).toBe('inconclusive');
      expect(report.findings.map(({ rule }) => rule)).toContain('pickle/unsafe-global');
    }
  });

  test('in bytes that are a pickle themselves', () => {
    const inner = calling('os', 'system');
    expect(rules(pickle('\x80\x04C', inner.length, inner, '.'))).toContain('pickle/unsafe-global');
  });

  test('behind compression', () => {
    expect(rulesOf({ 'model.joblib': gzipSync(calling('os', 'system')) })).toContain(
      'pickle/unsafe-global',
    );
  });
});

describe('globals are known, unknown or dangerous', () => {
  test.each([
    ['collections', 'OrderedDict', undefined],
    ['__builtin__', 'set', undefined],
    ['torch._utils', '_rebuild_tensor_v2', undefined],
    ['torch.nn.modules.linear', 'Linear', undefined],
    ['sklearn.linear_model._logistic', 'LogisticRegression', undefined],
    ['numpy.core.multiarray', '_reconstruct', undefined],
    ['my_project.layers', 'Attention', 'pickle/unknown-global'],
    ['functools', 'partial', 'pickle/unknown-global'],
    ['os', 'system', 'pickle/unsafe-global'],
    ['builtins', 'eval', 'pickle/unsafe-global'],
    ['builtins', 'eval.__call__', 'pickle/unsafe-global'],
    ['collections', '_sys.modules', 'pickle/unsafe-global'],
    ['numpy', '__builtins__', 'pickle/unsafe-global'],
    ['torch', 'load', 'pickle/unsafe-global'],
    ['torch.nn.modules.linear', 'os.system', 'pickle/unsafe-global'],
    ['sklearn.utils._testing', 'assert_run_python_script', 'pickle/unsafe-global'],
    ['requests', 'get', 'pickle/unsafe-global'],
    ['someones_package', 'run_command', 'pickle/unsafe-global'],
    ['os\u200b', 'system', 'pickle/unsafe-global'],
    ['_interpreters', 'exec', 'pickle/unsafe-global'],
    ['h5py', 'File', 'pickle/unsafe-global'],
    ['networkx', 'read_gpickle', 'pickle/unsafe-global'],
    ['spacy.tokens.doc', 'unpickle_doc', 'pickle/unknown-global'],
    ['builtins', 'len', 'pickle/unknown-global'],
    ['builtins', 'iter', undefined],
    ['exceptions', 'ValueError', undefined],
    ['_io', 'BytesIO', undefined],
    ['pandas.core.indexes.interval', '_new_IntervalIndex', undefined],
  ])('%s.%s', (module, name, expected) => {
    expect(rules(calling(module, name))).toEqual(expected === undefined ? [] : [expected]);
  });

  test.each([
    ['builtins', 'len', undefined],
    ['math', 'sqrt', undefined],
    ['__builtin__', 'sum', undefined],
    ['collections', 'ChainMap', 'pickle/unknown-global'],
    ['my_project', 'load_all', 'pickle/unknown-global'],
    ['torch', 'load', 'pickle/unsafe-global'],
    ['os', 'system', 'pickle/unsafe-global'],
  ])('%s.%s, named and not called', (module, name, expected) => {
    const bytes = pickle('\x80\x04', text(module), text(name), '\x93.');
    expect(rules(bytes)).toEqual(expected === undefined ? [] : [expected]);
  });

  test.each([
    ['scipy.interpolate._interpolate', 'interp1d', []],
    ['sklearn.somewhere', 'lowercase_estimator', ['pickle/unknown-global']],
    ['subprocess', 'Popen', ['pickle/unsafe-global']],
  ])('an object made of %s.%s without a call', (module, name, expected) => {
    const bytes = pickle('\x80\x04', text(module), text(name), '\x93)\x81.');
    expect(rules(bytes)).toEqual(expected);
  });

  test('each standard library module of this machine, but for types of data', () => {
    for (const module of [
      'subprocess',
      'sys',
      'shutil',
      'socket',
      'ctypes',
      'importlib',
      'pty',
      'runpy',
      'code',
    ]) {
      expect(rules(calling(module, 'anything'))).toEqual(['pickle/unsafe-global']);
    }
  });
});

describe('other effects', () => {
  const ordered = pickle('\x80\x04', text('collections'), text('OrderedDict'), '\x93');
  test.each([
    ['pickle/dynamic-global', pickle('\x80\x04', ordered.subarray(2), ')R', text('x'), '\x93.')],
    ['pickle/indirect-call', pickle(ordered, ')R)R.')],
    ['pickle/state-injection', pickle(ordered, '}', text('a'), text('b'), 'sb.')],
    ['pickle/state-injection', pickle(ordered, ')R}', text('__setstate__'), text('b'), 'sb.')],
    ['pickle/extension-code', pickle('\x80\x02\x82\x01.')],
    ['pickle/persistent-id', pickle('\x80\x04', text('id'), 'Q.')],
    ['pickle/out-of-band-buffer', pickle('\x80\x05\x97.')],
    ['pickle/trailing-data', pickle('\x80\x04N.', 'what is this')],
    ['pickle/resource-bomb', pickle('\x80\x04]r\xff\xff\xff\x7f.')],
    [
      'pickle/resource-bomb',
      pickle('\x80\x04', text('builtins'), text('bytearray'), '\x93J\xff\xff\xff\x7f\x85R.'),
    ],
    [
      'pickle/resource-bomb',
      pickle(
        ...['\x80\x04', text('builtins'), text('list'), '\x93'],
        ...[text('itertools'), text('repeat'), '\x93N\x85R\x85R.'],
      ),
    ],
  ])('%s', (rule, bytes) => {
    expect(rules(bytes)).toContain(rule);
  });

  test('references that multiply are a bomb', () => {
    let bytes = pickle('\x80\x04]', '\x94', 'K\x01a');
    for (let level = 0; level < 12; level++) {
      const get = pickle('h', level);
      bytes = pickle(bytes, ']\x94(', ...Array.from({ length: 10 }, () => get), 'e');
    }
    expect(rules(pickle(bytes, '.'))).toContain('pickle/resource-bomb');
  });
});

describe('hostile input', () => {
  test('never throws, and takes linear time', () => {
    const seed = pickle(
      calling('os', 'system'),
      ']\x94(K\x01K\x02eh\x00',
      text('x'),
      '\x93}(',
      text('k'),
      'K\x01u.',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 6 }),
        (edits) => {
          const mutant = seed.slice();
          for (const [at, value] of edits) mutant[at] = value;
          expect(readPickles(memorySource(mutant)).problems.list).toBeInstanceOf(Array);
        },
      ),
      { numRuns: 3000, seed: 11 },
    );
  });

  test.each([
    ['marks', '('],
    ['headers of pickles', '\x80\x02'],
    ['finished pickles', 'N.'],
    ['empty lists', ']'],
  ])('a megabyte of %s ends soon', (_, unit) => {
    const bytes = pickle('\x80\x04N.', unit.repeat(1_000_000 / unit.length));
    expect(measure(() => lint({ 'model.pkl': bytes })).cpuMs).toBeLessThan(10_000);
  });
});

/**
 * `pickle.dumps(d, p)` for p from 0 to 5, by CPython 3.11, of
 * {'a': [1, 2.5, None, True, b'x'], 'o': OrderedDict(a=(1,)), 't': date(2020, 1, 1), 's': {1}, 'n': 10**30}
 */
const ALL_PROTOCOLS = `
  KGRwMApWYQpwMQoobHAyCkkxCmFGMi41CmFOYUkwMQphY19jb2RlY3MKZW5jb2RlCnAzCihWeApwNApWbGF0aW4xCnA1
  CnRwNgpScDcKYXNWbwpwOApjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcDkKKHRScDEwCmcxCihJMQp0cDExCnNzVnQK
  cDEyCmNkYXRldGltZQpkYXRlCnAxMwooZzMKKFYH5AEBCnAxNApnNQp0cDE1ClJwMTYKdHAxNwpScDE4CnNWcwpwMTkK
  Y19fYnVpbHRpbl9fCnNldApwMjAKKChscDIxCkkxCmF0cDIyClJwMjMKc1ZuCnAyNApMMTAwMDAwMDAwMDAwMDAwMDAw
  MDAwMDAwMDAwMDAwMEwKcy59cQAoWAEAAABhcQFdcQIoSwFHQAQAAAAAAABOSTAxCmNfY29kZWNzCmVuY29kZQpxAyhY
  AQAAAHhxBFgGAAAAbGF0aW4xcQV0cQZScQdlWAEAAABvcQhjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQkpUnEKaAEo
  SwF0cQtzWAEAAAB0cQxjZGF0ZXRpbWUKZGF0ZQpxDShoAyhYBQAAAAfDpAEBcQ5oBXRxD1JxEHRxEVJxElgBAAAAc3ET
  Y19fYnVpbHRpbl9fCnNldApxFChdcRVLAWF0cRZScRdYAQAAAG5xGEwxMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw
  MDAwTAp1LoACfXEAKFgBAAAAYXEBXXECKEsBR0AEAAAAAAAATohjX2NvZGVjcwplbmNvZGUKcQNYAQAAAHhxBFgGAAAA
  bGF0aW4xcQWGcQZScQdlWAEAAABvcQhjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQkpUnEKaAFLAYVxC3NYAQAAAHRx
  DGNkYXRldGltZQpkYXRlCnENaANYBQAAAAfDpAEBcQ5oBYZxD1JxEIVxEVJxElgBAAAAc3ETY19fYnVpbHRpbl9fCnNl
  dApxFF1xFUsBYYVxFlJxF1gBAAAAbnEYig0AAABA6u10RtCcLJ8MdS6AA31xAChYAQAAAGFxAV1xAihLAUdABAAAAAAA
  AE6IQwF4cQNlWAEAAABvcQRjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQUpUnEGaAFLAYVxB3NYAQAAAHRxCGNkYXRl
  dGltZQpkYXRlCnEJQwQH5AEBcQqFcQtScQxYAQAAAHNxDWNidWlsdGlucwpzZXQKcQ5dcQ9LAWGFcRBScRFYAQAAAG5x
  EooNAAAAQOrtdEbQnCyfDHUugASVigAAAAAAAAB9lCiMAWGUXZQoSwFHQAQAAAAAAABOiEMBeJRljAFvlIwLY29sbGVj
  dGlvbnOUjAtPcmRlcmVkRGljdJSTlClSlGgBSwGFlHOMAXSUjAhkYXRldGltZZSMBGRhdGWUk5RDBAfkAQGUhZRSlIwB
  c5SPlChLAZCMAW6Uig0AAABA6u10RtCcLJ8MdS6ABZWKAAAAAAAAAH2UKIwBYZRdlChLAUdABAAAAAAAAE6IQwF4lGWM
  AW+UjAtjb2xsZWN0aW9uc5SMC09yZGVyZWREaWN0lJOUKVKUaAFLAYWUc4wBdJSMCGRhdGV0aW1llIwEZGF0ZZSTlEME
  B+QBAZSFlFKUjAFzlI+UKEsBkIwBbpSKDQAAAEDq7XRG0Jwsnwx1Lg==
`;

test('protocols 0 to 5 as Python writes them are clean', () => {
  const bytes = Buffer.from(ALL_PROTOCOLS, 'base64');
  const { streams, problems } = readPickles(memorySource(bytes));
  expect(problems.list).toEqual([]);
  expect(streams.map(({ stopped }) => stopped)).toEqual(Array.from({ length: 6 }, () => true));
  expect(rules(bytes)).toEqual([]);
});
