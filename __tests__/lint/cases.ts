import { zipSync } from 'fflate';
import { adder, bytes, integer, join, message } from '../onnx/wire.ts';
import { CARD_CASES } from './card-cases.ts';
import { calling, gguf, npy, pickle, safetensors, zip, type Case } from './lint.ts';

const weights = new Uint8Array(8);
export const none = calling('collections', 'OrderedDict');
export const graph = (op: string, key = 'k', value = 'v') =>
  message(1, bytes(1, 'n'), bytes(2, op), message(5, bytes(1, key), message(2, bytes(2, value))));
export const tensor = (begin: number, end: number, dtype = 'F32', shape = [(end - begin) / 4]) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** The archive with another packing method in its directory and in its first header. */
function withMethod(archive: Uint8Array, method: number): Uint8Array {
  const changed = Buffer.from(archive);
  changed.writeUInt16LE(method, 8);
  changed.writeUInt16LE(method, changed.indexOf('PK\x01\x02') + 10);
  return changed;
}

/** At least one file for each rule of other formats that it must find. */
export const CASES: readonly Case[] = [
  ['file/empty', { 'm.onnx': '' }],
  [
    'file/lfs-pointer',
    { 'm.pkl': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
  ],
  ['file/wrong-format', { 'm.onnx': '<!DOCTYPE html><html></html>' }],
  ['file/wrong-format', { 'm.h5': none }],
  ['file/unread-format', { 'm.pt': pickle('7z\xbc\xaf\x27\x1c', 'rest') }],
  ['structure/truncated', { 'm.onnx': adder().slice(0, -1) }],
  ['structure/malformed', { 'm.safetensors': safetensors('{"a":') }],
  ['structure/limit', { 'm.pt': withMethod(zip({ 'data.pkl': none }), 99) }],
  [
    'structure/inconsistent',
    { 'm.pt': zip({ 'data.pkl': none }).map((byte, at) => (at === 8 ? 99 : byte)) },
  ],
  ['archive/path-traversal', { 'm.npz': zip({ '../evil.py': weights }) }],
  ['archive/outside-data', { 'm.npz': pickle('junk', zip({ a: weights })) }],
  [
    'archive/hidden-member',
    {
      'm.pt': Buffer.concat([
        zip({ 'data.pkl': calling('os', 'system') }),
        zip({ 'data.pkl': none }),
      ]),
    },
  ],
  [
    'archive/encrypted-member',
    { 'm.pt': zip({ 'data.pkl': none }).map((byte, at) => (at === 6 ? byte | 1 : byte)) },
  ],
  [
    'safetensors/layout',
    { 'm.safetensors': safetensors({ a: tensor(0, 8), b: tensor(4, 12) }, new Uint8Array(12)) },
  ],
  ['safetensors/layout', { 'm.safetensors': safetensors({ a: tensor(4, 8) }, weights) }],
  ['safetensors/layout', { 'm.safetensors': safetensors({ a: tensor(0, 16) }, weights) }],
  [
    'safetensors/tensor-size',
    { 'm.safetensors': safetensors({ a: tensor(0, 8, 'F64', [2]) }, weights) },
  ],
  [
    'safetensors/non-finite',
    { 'm.safetensors': safetensors({ a: tensor(0, 8) }, Buffer.from('0000803f0000c07f', 'hex')) },
  ],
  ['safetensors/dtype', { 'm.safetensors': safetensors({ a: tensor(0, 8, 'FLOAT') }, weights) }],
  [
    'sharded/missing-shard',
    { 'm.safetensors.index.json': JSON.stringify({ weight_map: { a: 'one.safetensors' } }) },
  ],
  [
    'sharded/missing-shard',
    { 'm.safetensors.index.json': JSON.stringify({ weight_map: { a: '../../etc/passwd' } }) },
  ],
  [
    'sharded/tensor-place',
    {
      'm.safetensors.index.json': JSON.stringify({ weight_map: { b: 'one.safetensors' } }),
      'one.safetensors': safetensors({ a: tensor(0, 8) }, weights),
    },
  ],
  [
    'sharded/total-size',
    {
      'm.safetensors.index.json': JSON.stringify({
        metadata: { total_size: 9 },
        weight_map: { a: 'one.safetensors' },
      }),
      'one.safetensors': safetensors({ a: tensor(0, 8) }, weights),
    },
  ],
  [
    'sharded/unlisted-tensor',
    {
      'm.safetensors.index.json': JSON.stringify({ weight_map: { b: 'one.safetensors' } }),
      'one.safetensors': safetensors({ a: tensor(0, 4), b: tensor(4, 8) }, weights),
    },
  ],
  [
    'sharded/missing-shard',
    {
      'm.safetensors.index.json': JSON.stringify({ weight_map: { a: 'm.safetensors.index.json' } }),
    },
  ],
  ['structure/inconsistent', { 'm.safetensors.index.json': '{"weight_map":{}}' }],
  [
    'safetensors/unknown-key',
    { 'm.safetensors': safetensors({ a: { ...tensor(0, 8), loader: 'x' } }, weights) },
  ],
  [
    'structure/malformed',
    { 'm.gguf': gguf({}, [], 0).map((byte, at) => (at === 3 ? 0x4c : byte)) },
  ],
  ['gguf/tensor', { 'm.gguf': gguf({}, [{ name: 'a'.repeat(64), size: 8, offset: 0 }], 32) }],
  ['gguf/order', { 'm.gguf': gguf({}, [{ name: 'a', size: 8, offset: 32 }], 64) }],
  ['gguf/tensor', { 'm.gguf': gguf({}, [{ name: 'a', size: 8, offset: 4096 }], 32) }],
  ['gguf/tensor', { 'm.gguf': gguf({}, [{ name: 'a', size: 8, offset: 0, type: 99 }], 32) }],
  [
    'gguf/overlap',
    {
      'm.gguf': gguf(
        {},
        [
          { name: 'a', size: 8, offset: 0 },
          { name: 'b', size: 8, offset: 0 },
        ],
        32,
      ),
    },
  ],
  ['gguf/trailing-data', { 'm.gguf': gguf({}, [{ name: 'a', size: 8, offset: 0 }], 4096) }],
  [
    'template/escape',
    { 'm.gguf': gguf({ 'tokenizer.chat_template': '{{ self.__init__.__globals__ }}' }, [], 0) },
  ],
  [
    'template/escape',
    {
      'm.gguf': gguf(
        { 'tokenizer.chat_template.tool_use': "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}" },
        [],
        0,
      ),
    },
  ],
  [
    'numpy/array-size',
    { 'm.npy': npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 1000), }", weights) },
  ],
  [
    'numpy/trailing-data',
    { 'm.npy': npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", weights) },
  ],
  [
    'numpy/object-array',
    { 'm.npy': npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", none) },
  ],
  [
    'pickle/unsafe-global',
    {
      'm.npy': npy(
        "{'descr': [('a', '<f4'), ('b', '|O')], 'fortran_order': False, 'shape': (1,), }",
        calling('os', 'system'),
      ),
    },
  ],
  [
    'pickle/unsafe-global',
    {
      'm.npz': zipSync({
        'a.npy': npy(
          "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
          calling('os', 'system'),
        ),
      }),
    },
  ],
  [
    'pickle/unsafe-global',
    { 'm.pt': zip({ 'archive/data.pkl': none, 'archive/config.json': calling('os', 'system') }) },
  ],
  [
    'tensorflow/runs-code',
    { 'saved_model.pb': join(integer(1, 1), message(2, message(2, graph('PyFunc')))) },
  ],
  [
    'tensorflow/file-access',
    {
      'saved_model.pb': join(
        integer(1, 1),
        message(
          2,
          message(
            2,
            message(
              2,
              message(
                1,
                message(1, bytes(1, 'f')),
                message(3, bytes(1, 'n'), bytes(2, 'WriteFile')),
              ),
            ),
          ),
        ),
      ),
    },
  ],
  [
    'tensorflow/output-stream',
    { 'frozen_graph.pb': graph('PrintV2', 'output_stream', 'file:///tmp/x') },
  ],
  [
    'torchscript/file-operation',
    {
      'm.pt': zip({
        'm/data.pkl': none,
        'm/code/__torch__.py': Buffer.from('def forward(self):\n  torch.save(x, "/y")\n'),
      }),
    },
  ],
  [
    'torchscript/custom-operator',
    {
      'm.pt': zip({
        'm/data.pkl': none,
        'm/code/__torch__.py': Buffer.from('y = ops.my_ops.run(x)'),
      }),
    },
  ],
  [
    'configuration/remote-code',
    { 'generation_config.json': '{"custom_generate":"someone/decoding"}' },
  ],
  ['configuration/remote-code', { 'modules.json': '[{"idx":0,"type":"custom_st.Transformer"}]' }],
  [
    'configuration/remote-code',
    { 'adapter_config.json': '{"auto_mapping":{"parent_library":"someone.code"}}' },
  ],
  ['structure/malformed', { 'generation_config.json': '["temperature"]' }],
  [
    'configuration/tokenizer-files',
    { 'tokenizer_config.json': '{"tokenizer_class":"LlamaTokenizer"}', 'config.json': '{}' },
  ],
  ['configuration/remote-code', { 'config.json': '{"auto_map":{"AutoModel":"a--b.C"}}' }],
  ['template/escape', { 'chat_template.jinja': '{{ cycler.__init__ }}' }],
  [
    'template/escape',
    { 'tokenizer_config.json': '{"chat_template":[{"name":"x","template":"{{ self.mro() }}"}]}' },
  ],
  ['template/escape', { 'any.json': '{"chat_template":"{{ self.mro() }}"}' }],
  ['structure/malformed', { 'config.json': '{' }],
  ...CARD_CASES,
];
