/** Writes what PyTorch starts from: for each scenario the data, the initial model and the order. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseYaml } from '../../../src/project/yaml.ts';
import { readNpz } from '../../../src/formats/npz.ts';
import { encodeModel } from '../../../src/onnx/write.ts';
import { epochOrder } from '../../../src/training/batches.ts';
import { takeMasks } from '../../../src/training/dropout.ts';
import { modelFor } from '../../../src/training/source-model.ts';
import { fitSchema } from '../../../src/training/spec.ts';
import { dataOf, scenarios, seed, specOf, type Scenario } from './scenarios.ts';

const folder = process.argv[2] ?? '.';
const names: string[] = [];
for (const scenario of scenarios) {
  const own = path.join(folder, scenario.name);
  names.push(scenario.name);
  await mkdir(own, { recursive: true });
  const data = path.join(own, 'data.npz');
  await writeFile(data, dataOf(scenario));
  const spec = fitSchema.parse(parseYaml(specOf(scenario, 'out.onnx'), 'spec').value);
  const x = (await readNpz(data, ['x'])).get('x');
  if (!x) throw new Error('no examples');
  const { model } = await modelFor(spec, own, new Map([['', x]]));
  await writeFile(path.join(own, 'initial.onnx'), encodeModel(model));
  const count = scenario.arrays.x.shape[0] ?? 0;
  const orders = Array.from({ length: scenario.epochs }, (_, epoch) => [
    ...epochOrder(seed, epoch + 1, count),
  ]);
  const steps = scenario.epochs * Math.ceil(count / scenario.batchSize);
  const masks = masksOf(scenario, steps).map((values) => Buffer.from(values).toString('base64'));
  const { layers, optimizer, loss, batchSize } = scenario;
  await writeFile(
    path.join(own, 'run.json'),
    JSON.stringify({ layers, optimizer, loss, batchSize, orders, masks }),
  );
}
await writeFile(path.join(folder, 'scenarios.json'), JSON.stringify(names));

/** What each dropout lets through, step by step. */
function masksOf({ layers, dropped = [], batchSize }: Scenario, steps: number) {
  const ratios = layers.flatMap((layer) =>
    typeof layer === 'object' && 'dropout' in layer ? [Number(layer.dropout)] : [],
  );
  const masks = dropped.map((dims, index) => ({
    name: '',
    dims: [batchSize, ...dims],
    ratio: ratios[index] ?? 0,
  }));
  return takeMasks(masks, seed, 1, steps);
}
