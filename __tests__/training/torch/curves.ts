/**
 * Runs in a process of its own, for ONNX Runtime does not work inside jest's realm. Trains each
 * network as PyTorch did and prints, as JSON, the loss of every step.
 * usage: curves.ts RUNTIME FOLDER
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openRuntime } from '../../../src/inference/onnxruntime.ts';
import { takeBatches } from '../../../src/training/batches.ts';
import { readDataSet } from '../../../src/training/data-set.ts';
import { createOptimizer } from '../../../src/training/optimizers.ts';
import { planOf } from '../../../src/training/plan.ts';
import { prepareTraining } from '../../../src/training/prepare.ts';
import { modelFor } from '../../../src/training/source-model.ts';
import { fitSchema } from '../../../src/training/spec.ts';
import { Stepper } from '../../../src/training/stepper.ts';

/** What scripts/peers/torch/curves.py wrote. */
export interface Curves {
  readonly curves: Readonly<Record<string, { readonly spec: unknown; readonly losses: number[] }>>;
}

const [runtimeFolder = '', folder = ''] = process.argv.slice(2);

async function lossesOf(spec: unknown, steps: number): Promise<number[]> {
  const runtime = openRuntime(runtimeFolder);
  const parsed = fitSchema.parse(spec);
  const data = await readDataSet(parsed, folder);
  const model = await modelFor(parsed, folder, data.training.byInput);
  const task = { spec: parsed, folder, runtime: runtimeFolder, model, data };
  const plan = { ...planOf(task), stop: new SharedArrayBuffer(4) };
  const optimizer = createOptimizer(plan.settings.optimizer);
  const prepared = await prepareTraining(runtime, plan, optimizer);
  const stepper = await Stepper.create(runtime, prepared.loop, prepared.data, plan.settings);
  const { batchSize, learningRate } = plan.settings;
  // Batches in the order of the file, from the beginning again at the end.
  const examples = data.training.labels.shape[0] ?? 0;
  const order = Int32Array.from({ length: steps * batchSize }, (_, place) => place % examples);
  const scalars = optimizer.scalars.map(() => new Float32Array(steps));
  for (let step = 0; step < steps; step++) {
    const values = optimizer.scalarsAt(step + 1, learningRate);
    scalars.forEach((column, index) => {
      column[step] = values[index] ?? 0;
    });
  }
  const batches = takeBatches(order, batchSize, 0, steps);
  const { losses } = await stepper.run({ batches, scalars, masks: [] });
  await stepper.release();
  return Array.from(losses);
}

const file = path.join(folder, 'curves.json');
const { curves } = JSON.parse(await readFile(file, 'utf8')) as Curves;
const ours: Record<string, number[]> = {};
for (const [name, { spec, losses }] of Object.entries(curves)) {
  ours[name] = await lossesOf(spec, losses.length);
}
process.stdout.write(JSON.stringify(ours));
