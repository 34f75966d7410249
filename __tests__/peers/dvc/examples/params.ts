import { logged, pipeline, type Change, type Example } from '../repository.ts';

const everyKind = `lr: 1.0
small: 1e-5
exponent: 1.5e10
large: 12345678901234567890
negative: -0.0
infinite: .inf
grouped: 1_000
octal: 0o17
hexadecimal: 0xFF
zeros: 007
'yes': yes
'on': on
truth: True
nothing: ~
empty:
word: "true"
digits: "12"
quoted: 'it''s: "x"'
nested: {b: [1, 2.5, null, {c: d}], a: {}, e: [], s: ''}
classes: {0: cat, 1: dog, 10: horse, 2: "bird"}
unicode: žluťoučký 🐎
lines: |
  one
  two
long: ${'many words '.repeat(15).trim()}
1.5: a float as a key
`;

function reading(
  name: string,
  params: unknown[],
  files: Example['files'],
  changes: Change[],
): Example {
  const cmd = logged('read', 'cat in.txt > out.txt');
  const stage = { cmd, deps: ['in.txt'], params, outs: ['out.txt'] };
  return {
    name,
    files: { 'dvc.yaml': pipeline({ read: stage }), 'in.txt': 'one\n', ...files },
    changes,
    restorable: ['out.txt'],
  };
}

export const params: readonly Example[] = [
  reading(
    'parameters by key',
    ['lr', 'model.units', 'model.layers', 'model.act'],
    {
      'params.yaml':
        'lr: 0.001\nother: 1\nmodel:\n  units: 10\n  layers: [1, 2.5, x]\n  act: relu\n',
    },
    [
      { replace: 'params.yaml', old: 'other: 1', new: 'other: 2' },
      { replace: 'params.yaml', old: '0.001', new: '0.0015' },
      { replace: 'params.yaml', old: '2.5', new: '2.25' },
      { replace: 'params.yaml', old: 'lr: 0.0015', new: 'lr: 0.00150' },
      { replace: 'params.yaml', old: 'units: 10', new: 'units: 10.0' },
      { replace: 'params.yaml', old: 'units: 10.0', new: 'units: "10"' },
    ],
  ),
  reading(
    'every kind of value, of the whole file',
    [{ 'settings.yaml': null }],
    { 'settings.yaml': everyKind.replace(/^1\.5.*\n/m, '') },
    [
      { replace: 'settings.yaml', old: '0xFF', new: '0xFE' },
      { replace: 'settings.yaml', old: '0: cat', new: '3: cat' },
      { append: 'settings.yaml', text: 'more: 1\n' },
      { replace: 'settings.yaml', old: 'more: 1\n', new: '' },
    ],
  ),
  reading(
    'the whole of params.yaml, and keys of another file',
    [{ 'params.yaml': null }, { 'b.yaml': ['z', 'a.b'] }, { 'a.yaml': ['x'] }],
    {
      'params.yaml': 'zeta: 1\nalpha: {b: 1, a: 2}\n',
      'a.yaml': 'x: 1\n',
      'b.yaml': 'z: 1\na: {b: true}\n',
    },
    [
      { replace: 'params.yaml', old: 'b: 1, a: 2', new: 'a: 2, b: 1' },
      { replace: 'b.yaml', old: 'true', new: 'false' },
      { append: 'params.yaml', text: 'new: 1\n' },
    ],
  ),
  reading(
    'parameters in JSON',
    [{ 'p.json': ['a', 'n.deep', 'list'] }, { 'whole.json': null }],
    {
      'p.json':
        '{"a": 1.0, "n": {"deep": [1, 2.50, true, null], "x": 1}, "list": [{"10": 1, "9": 2}], "s": "1"}',
      'whole.json': '{\n\t"b": 1e3,\n\t"a": "a \\"quoted\\" \\u017elu\\u0165 12",\n\t"c": -5\n}\n',
    },
    [
      { replace: 'p.json', old: '2.50', new: '2.51' },
      { replace: 'p.json', old: '"x": 1', new: '"x": 2' },
      { replace: 'whole.json', old: '-5', new: '-6' },
    ],
  ),
  reading(
    'parameters in TOML',
    [{ 'p.toml': ['f', 'deep.er'] }, { 'whole.toml': null }],
    {
      'p.toml': 'title = "t"\nf = 1.0\n[deep.er]\nk = 1_000\nl = [1, 2]\nb = true\n',
      'whole.toml': 'b = 1\na = "x"\n[t]\nz = 1e6\n',
    },
    [
      { replace: 'p.toml', old: '1_000', new: '1_001' },
      { replace: 'p.toml', old: '"t"', new: '"u"' },
      { replace: 'whole.toml', old: '1e6', new: '1e7' },
    ],
  ),
  reading(
    'numbers as Python prints them',
    [{ 'n.yaml': null }],
    {
      'n.yaml': [0.1, 1e16, 123456789012345680, 1e-4, 1e-5, 1.7976931348623157e308, 5e-324]
        .map((value, index) => `n${index}: ${value.toExponential()}\ni${index}: ${index}\n`)
        .join(''),
    },
    [{ replace: 'n.yaml', old: 'i3: 3', new: 'i3: 4' }],
  ),
  reading(
    'anchors and merge keys',
    [{ 'm.yaml': ['use'] }],
    {
      'm.yaml': 'base: &base {a: 1, b: 2}\nuse:\n  <<: *base\n  b: 3\nagain: *base\n',
    },
    [{ replace: 'm.yaml', old: 'a: 1', new: 'a: 2' }],
  ),
  {
    ...reading('parameters and nothing else', ['lr'], { 'params.yaml': 'lr: 1\n' }, [
      { replace: 'params.yaml', old: '1', new: '2' },
    ]),
    files: {
      'dvc.yaml': pipeline({
        read: { cmd: logged('read', 'echo x > out.txt'), params: ['lr'], outs: ['out.txt'] },
      }),
      'params.yaml': 'lr: 1\n',
    },
  },
];
