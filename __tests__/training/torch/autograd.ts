/**
 * Runs in a process of its own, for ONNX Runtime does not work inside jest's realm. Differentiates
 * the networks that PyTorch exported and prints, as JSON, how far each gradient is from autograd's.
 * usage: autograd.ts RUNTIME FOLDER
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { NdArray } from '../../../src/formats/nd-array.ts';
import { readNpz } from '../../../src/formats/npz.ts';
import { openRuntime } from '../../../src/inference/onnxruntime.ts';
import { int } from '../../../src/onnx/attributes.ts';
import { GraphBuilder } from '../../../src/onnx/builder.ts';
import { DATA_TYPE, type Model } from '../../../src/onnx/model.ts';
import { raiseModel } from '../../../src/onnx/raise.ts';
import { readSoundModel } from '../../../src/onnx/read.ts';
import { loadedTensor } from '../../../src/onnx/tensor.ts';
import { OPSET } from '../../../src/training/architecture.ts';
import { differentiate } from '../../../src/training/autodiff/differentiate.ts';
import { unrollRecurrent } from '../../../src/training/autodiff/recurrent.ts';
import { withSideOutputs } from '../../../src/training/autodiff/side-outputs.ts';
import { createSession, probe, type Feeds } from '../../../src/training/probe.ts';
import { runtimeTensor } from '../../../src/training/tensors.ts';

const [runtimeFolder = '', folder = ''] = process.argv.slice(2);
const runtime = openRuntime(runtimeFolder);

/** One gradient of one network; the error is relative to its largest element. */
export interface Compared {
  readonly network: string;
  readonly by: string;
  readonly error: number;
}

async function compare(network: string): Promise<readonly Compared[]> {
  const file = path.join(folder, `${network}.onnx`);
  const raised = raiseModel(await readSoundModel(file), OPSET, (t) => loadedTensor(file, t));
  const model = { ...raised, graph: withSideOutputs(raised.graph) };
  const traces = await readNpz(path.join(folder, `${network}.npz`));
  const arrays = (kind: string) =>
    [...traces].flatMap(([name, array]): [string, NdArray][] =>
      name.startsWith(kind) ? [[name.slice(kind.length), array]] : [],
    );
  const feeds: Feeds = Object.fromEntries(
    arrays('input ').map(([name, array]) => [
      name,
      runtimeTensor(runtime, array.elementType, array.values, array.shape),
    ]),
  );
  const expected = new Map(arrays('gradient '));
  const by = [...expected.keys()];
  const graph = unrollRecurrent(model.graph, await probe(runtime, model, feeds), by);
  const actual = await gradientsOf({ ...model, graph }, feeds, by);
  return Array.from(expected, ([name, { values }]) => ({
    network,
    by: name,
    error: relativeError(actual.get(name), values as Float32Array),
  }));
}

/** Of sum(output * cos(0, 1, 2 ...)). */
async function gradientsOf(
  model: Model,
  feeds: Feeds,
  by: readonly string[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const builder = GraphBuilder.extending(model.graph, 'check_');
  const output = model.graph.outputs[0]?.name ?? '';
  const forward = await probe(runtime, model, feeds);
  const { dims } = forward.type(output);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const weights = Array.from({ length: count }, (_, index) => Math.cos(index));
  const weighted = builder.op('Mul', [output, builder.constant(DATA_TYPE.float, dims, weights)]);
  const loss = builder.op('ReduceSum', [weighted], { keepdims: int(0) });
  const known = await probe(runtime, { ...model, graph: builder.graph('loss') }, feeds);
  const gradients = differentiate({ builder, known, loss, by });
  builder.outputs.length = 0;
  for (const gradient of gradients.values()) builder.output(gradient, undefined, undefined);
  const session = await createSession(runtime, { ...model, graph: builder.graph('check') }, {});
  const results = await session.run(feeds);
  return new Map(
    Array.from(gradients, ([name, gradient]) => [name, results[gradient]?.data as Float32Array]),
  );
}

function relativeError(actual: Float32Array | undefined, expected: Float32Array): number {
  if (actual?.length !== expected.length) return Infinity;
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const apart = actual.map((value, index) => Math.abs(value - (expected[index] ?? NaN)));
  return apart.reduce((most, value) => Math.max(most, value), 0) / scale;
}

const files = await readdir(folder);
const networks = files
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => path.parse(name).name);
const compared: Compared[] = [];
for (const network of networks) {
  try {
    compared.push(...(await compare(network)));
  } catch (thrown) {
    throw new Error(`the network '${network}' cannot be compared`, { cause: thrown });
  }
}
process.stdout.write(JSON.stringify(compared));
