/**
 * Runs in a process of its own: writes what a model gives for the array `x`.
 * usage: scores.ts RUNTIME MODEL DATA OUT
 */
import { writeFile } from 'node:fs/promises';
import { readNpz } from '../../../src/formats/npz.ts';
import { openRuntime } from '../../../src/inference/onnxruntime.ts';
import { runtimeTensor } from '../../../src/training/tensors.ts';
import { float32, npz } from '../../training/data-set.ts';

const [runtimeFolder = '', model = '', data = '', out = ''] = process.argv.slice(2);
const runtime = openRuntime(runtimeFolder);
const x = (await readNpz(data, ['x'])).get('x');
if (!x) throw new Error(`${data} has no x`);
const session = await runtime.InferenceSession.create(model);
const feeds = {
  [session.inputNames[0] ?? '']: runtimeTensor(runtime, x.elementType, x.values, x.shape),
};
const scores = (await session.run(feeds))[session.outputNames[0] ?? ''];
if (!(scores?.data instanceof Float32Array)) throw new Error('the model gives no float32');
await writeFile(out, npz({ scores: float32(scores.dims, Array.from(scores.data)) }));
