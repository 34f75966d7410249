/** usage: matmul.ts RUNTIME THREADS: prints the GFLOP/s of a product of two 512 x 512 matrices. */
import { openRuntime } from '../../src/inference/onnxruntime.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { DATA_TYPE } from '../../src/onnx/model.ts';
import { encodeModel } from '../../src/onnx/write.ts';

const SIZE = 512;
const [folder = '', threads = '1'] = process.argv.slice(2);
const runtime = openRuntime(folder);
const builder = new GraphBuilder();
builder.input('a', DATA_TYPE.float, [SIZE, SIZE]);
builder.input('b', DATA_TYPE.float, [SIZE, SIZE]);
builder.node('MatMul', ['a', 'b'], ['c']);
builder.output('c', DATA_TYPE.float, [SIZE, SIZE]);
const model = encodeModel({
  irVersion: 9,
  producerName: '',
  producerVersion: '',
  domain: '',
  modelVersion: 0,
  docString: '',
  opsetImports: [{ domain: '', version: 20 }],
  graph: builder.graph('product'),
  functions: [],
  metadata: new Map(),
});
const session = await runtime.InferenceSession.create(model, {
  intraOpNumThreads: Number(threads),
});
const matrix = () =>
  new runtime.Tensor('float32', new Float32Array(SIZE * SIZE).fill(0.5), [SIZE, SIZE]);
const feeds = { a: matrix(), b: matrix() };
let best = Infinity;
for (let turn = 0; turn < 100; turn++) {
  const started = performance.now();
  await session.run(feeds);
  best = Math.min(best, performance.now() - started);
}
process.stdout.write(String((2 * SIZE ** 3) / (best * 1e6)));
