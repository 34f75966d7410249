/**
 * A peer of throughput.ts: the loop of throughput.py in Node, with onnxruntime-node alone. What it
 * lacks beside Python is the runtime's; what the engine lacks beside it is the engine's.
 *
 *     node throughput-bare.mjs FOLDER MODEL THREADS BATCH PASSES LENGTH...
 *
 * FOLDER has MODEL.onnx and MODEL.f32: its examples of LENGTH x LENGTH ... numbers, one after another.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [folder, model, threads, batch, passes, ...shape] = process.argv.slice(2);
const size = shape.reduce((product, length) => product * Number(length), 1);
const bytes = readFileSync(path.join(folder, `${model}.f32`));
const examples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const count = examples.length / size;
const session = await InferenceSession.create(path.join(folder, `${model}.onnx`), {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(threads),
});

async function answer(from, to) {
  const values = examples.subarray(from * size, to * size);
  const x = new Tensor('float32', values, [to - from, ...shape.map(Number)]);
  const { scores } = await session.run({ x });
  return scores.data;
}

await answer(0, Number(batch));
const start = performance.now();
const answers = [];
for (let pass = 0; pass < Number(passes); pass++) {
  for (let from = 0; from < count; from += Number(batch)) {
    answers.push(await answer(from, Math.min(count, from + Number(batch))));
  }
}
const seconds = (performance.now() - start) / 1000;
const sum = answers.flatMap((scores) => [...scores]).reduce((total, s) => total + Math.abs(s), 0);
process.stdout.write(JSON.stringify({ seconds, sum }));
