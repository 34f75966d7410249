/** Runs in a process of its own: prints the share of examples that a model classifies correctly. */
import { readNpz } from '../../src/formats/npz.ts';
import { openRuntime } from '../../src/inference/onnxruntime.ts';
import { runtimeTensor } from '../../src/training/tensors.ts';

const [runtimeFolder = '', model = '', data = ''] = process.argv.slice(2);
const runtime = openRuntime(runtimeFolder);
const arrays = await readNpz(data);
const images = arrays.get('images')!;
const labels = Array.from(arrays.get('labels')!.values, Number);
const session = await runtime.InferenceSession.create(model);
const feeds = { input: runtimeTensor(runtime, images.elementType, images.values, images.shape) };
const { output } = await session.run(feeds);
const scores = output!.data as Float32Array;
const correct = labels.filter((label, row) => {
  const own = Array.from(scores.subarray(10 * row, 10 * row + 10));
  return own.indexOf(Math.max(...own)) === label;
});
process.stdout.write(String(correct.length / labels.length));
