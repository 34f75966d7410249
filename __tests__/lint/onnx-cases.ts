import {
  bytes,
  floatValue,
  initializer,
  integer,
  join,
  message,
  model,
  node,
} from '../onnx/wire.ts';
import { type Case, type Files, zip } from './lint.ts';

export const weights = new Uint8Array(8);
const x = floatValue(11, 'x', [2]);
const y = floatValue(12, 'y', [2]);
const external = (...entries: readonly [string, string][]) =>
  message(
    5,
    integer(1, 2),
    integer(2, 1),
    bytes(8, 'w'),
    ...entries.map(([key, value]) => message(13, bytes(1, key), bytes(2, value))),
    integer(14, 1),
  );

/** A model whose initializer w stands in w.bin. */
export const withWeights = (...entries: readonly [string, string][]): Files => ({
  'm.onnx': model(node('Add', ['x', 'w'], ['y']), external(...entries), x, y),
  'w.bin': weights,
});

/** A model of nodes and initializers between x and y, two floats wide each. */
export const onnx = (...parts: readonly Uint8Array[]): Files => ({
  'm.onnx': model(...parts, x, y),
});
const custom = (head: Uint8Array): Files => ({
  'm.onnx': join(head, message(7, bytes(2, 'g'), node('Identity', ['x'], ['y']), x, y)),
});
const definition = (name: string, callee: string, domain = 'f') =>
  message(
    25,
    bytes(1, name),
    bytes(10, 'f'),
    bytes(4, 'a'),
    bytes(5, 'b'),
    message(7, bytes(1, 'a'), bytes(2, 'b'), bytes(4, callee), bytes(7, domain)),
  );

/** A model that calls the first of its functions, `F0`. */
const calls = (...definitions: readonly Uint8Array[]) => ({
  'm.onnx': join(
    integer(1, 9),
    message(8, integer(2, 17)),
    message(8, bytes(1, 'f'), integer(2, 1)),
    ...definitions,
    message(7, bytes(2, 'g'), node('F0', ['x'], ['y'], bytes(7, 'f')), x, y),
  ),
});

function nested(depth: number): Uint8Array {
  let inner = join(node('Identity', ['x'], ['z']), floatValue(12, 'z', [2]));
  for (let level = 0; level < depth; level++) {
    const branches = [
      message(5, bytes(1, 'then_branch'), message(6, inner), integer(20, 5)),
      message(5, bytes(1, 'else_branch'), message(6, bytes(2, 'e')), integer(20, 5)),
    ];
    inner = join(node('If', ['x'], ['z'], ...branches), floatValue(12, 'z', [2]));
  }
  return join(inner, node('Identity', ['z'], ['y']));
}

/** A Loop with 2^62 trips around a body that makes its condition `on` out of `go`. */
export const loop = (condition: Uint8Array): Files =>
  onnx(
    message(
      5,
      integer(2, 7),
      bytes(8, 'trips'),
      bytes(9, new Uint8Array(BigInt64Array.of(2n ** 62n).buffer)),
    ),
    node(
      'Loop',
      ['trips', '', 'x'],
      ['y'],
      message(
        5,
        bytes(1, 'body'),
        integer(20, 5),
        message(
          6,
          bytes(2, 'body'),
          condition,
          node('Identity', ['v'], ['w']),
          message(11, bytes(1, 'i')),
          message(11, bytes(1, 'go')),
          message(11, bytes(1, 'v')),
          message(12, bytes(1, 'on')),
          message(12, bytes(1, 'w')),
        ),
      ),
    ),
  );

/** At least one file for each rule of ONNX models that it must find. */
export const ONNX_CASES: readonly Case[] = [
  ['onnx/ir-version', custom(join(integer(1, 99), message(8, integer(2, 17))))],
  ['onnx/opset-import', custom(integer(1, 8))],
  [
    'onnx/opset-import',
    custom(join(integer(1, 8), message(8, integer(2, 17)), message(8, integer(2, 13)))),
  ],
  ['onnx/unknown-opset', custom(join(integer(1, 8), message(8, integer(2, 9999))))],
  ['onnx/unknown-operator', onnx(node('Mish', ['x'], ['y']))],
  ['onnx/unknown-operator', onnx(node('Upsample', ['x'], ['y']))],
  ['onnx/unknown-operator', onnx(node('', ['x'], ['y']))],
  ['onnx/custom-domain', onnx(node('ATen', ['x'], ['y'], bytes(7, 'org.pytorch.aten')))],
  ['onnx/arity', onnx(node('Add', ['x'], ['y']))],
  [
    'onnx/attribute',
    onnx(
      node('Softmax', ['x'], ['y'], message(5, bytes(1, 'axis'), bytes(4, 'one'), integer(20, 3))),
    ),
  ],
  [
    'onnx/attribute',
    onnx(
      node('Softmax', ['x'], ['y'], message(5, bytes(1, 'axes'), integer(3, 1), integer(20, 2))),
    ),
  ],
  ['onnx/attribute', onnx(node('Cast', ['x'], ['y']))],
  ['onnx/undefined-value', onnx(node('Add', ['x', 'missing'], ['y']))],
  [
    'onnx/undefined-value',
    onnx(node('Identity', ['later'], ['y']), node('Identity', ['x'], ['later'])),
  ],
  ['onnx/duplicate-value', onnx(node('Identity', ['x'], ['y']), node('Identity', ['x'], ['y']))],
  ['onnx/empty-graph', { 'm.onnx': model(node('Identity', ['x'], ['y']), x) }],
  [
    'onnx/element-type',
    onnx(
      node('Add', ['x', 'w'], ['y']),
      message(5, integer(1, 2), bytes(8, 'w'), bytes(9, weights)),
    ),
  ],
  ['onnx/tensor-size', onnx(node('Add', ['x', 'w'], ['y']), initializer('w', [3], weights))],
  [
    'onnx/tensor-size',
    onnx(node('Add', ['x', 'w'], ['y']), initializer('w', [2 ** 52, 2 ** 12], new Uint8Array(0))),
  ],
  ['onnx/external-location', withWeights(['location', '../../../etc/passwd'])],
  ['onnx/external-location', withWeights(['location', '/etc/passwd'])],
  ['onnx/external-location', withWeights(['location', 'absent.bin'])],
  ['onnx/external-location', withWeights(['location', ''])],
  ['onnx/external-location', withWeights(['location', '*/_ORT_MEM_ADDR_/*'])],
  ['onnx/external-range', withWeights(['location', 'w.bin'], ['offset', '0x10'])],
  ['onnx/external-range', withWeights(['location', 'w.bin'], ['length', '-1'])],
  ['onnx/external-range', withWeights(['location', 'w.bin'], ['offset', '9223372036854775807'])],
  ['onnx/external-key', withWeights(['location', 'w.bin'], ['__class__', 'x'])],
  [
    'onnx/external-unread',
    { 'm.zip': zip({ 'm.onnx': withWeights(['location', 'w.bin'])['m.onnx'] as Uint8Array }) },
  ],
  [
    'onnx/file-path',
    onnx(
      node(
        'EPContext',
        ['x'],
        ['y'],
        bytes(7, 'com.microsoft'),
        message(5, bytes(1, 'embed_mode'), integer(3, 0), integer(20, 2)),
        message(5, bytes(1, 'ep_cache_context'), bytes(4, '../engine.bin'), integer(20, 3)),
      ),
    ),
  ],
  [
    'onnx/graph-name',
    {
      'm.onnx': join(
        integer(1, 8),
        message(8, integer(2, 17)),
        message(7, node('Identity', ['x'], ['y']), x, y),
      ),
    },
  ],
  ['onnx/endless-loop', loop(node('Identity', ['go'], ['on']))],
  ['onnx/control-characters', onnx(node('Identity', ['x'], ['y'], bytes(3, '\u001b[2J')))],
  [
    'onnx/non-finite',
    onnx(
      node('Add', ['x', 'w'], ['y']),
      initializer('w', [2], new Uint8Array(Float32Array.of(0.5, NaN).buffer)),
    ),
  ],
  [
    'onnx/function',
    calls(...Array.from({ length: 600 }, (_, index) => definition(`F${index}`, `F${index + 1}`))),
  ],
  ['onnx/unknown-operator', calls(definition('F0', 'Nope', ''))],
  ['onnx/opset-import', calls(definition('F0', 'Relu', 'other'))],
  ['onnx/function', calls(definition('F0', 'F0'))],
  [
    'onnx/sparse-tensor',
    onnx(
      node('Add', ['x', 's'], ['y']),
      message(
        15,
        message(1, integer(1, 2), integer(2, 1), bytes(8, 's'), bytes(9, weights)),
        message(
          2,
          integer(1, 2),
          integer(2, 7),
          bytes(9, new Uint8Array(BigInt64Array.of(5n, 2n).buffer)),
        ),
        integer(3, 8),
      ),
    ),
  ],
  ['onnx/deep-nesting', { 'm.onnx': model(nested(20), x, y) }],
];
