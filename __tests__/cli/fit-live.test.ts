import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { fitRig } from './fit-rig.ts';

test('keeps the values of every epoch in the layout of DVCLive', async () => {
  const { folder, fit } = await fitRig();
  const spec = { live: 'live', epochs: '3', validation: '{ share: 0.2 }', metrics: 'metrics.json' };
  const { code, report } = await fit(spec);
  expect(code).toBe(0);
  const live = path.join(folder, 'live');
  const read = (file: string) => readFile(path.join(live, file), 'utf8');
  const six = (value: number) => Number(value.toPrecision(6));
  const { epochs } = report();
  expect(await read('plots/metrics/train/loss.tsv')).toBe(
    `step\tloss\n${epochs.map(({ loss }, index) => `${index + 1}\t${six(loss)}\n`).join('')}`,
  );
  expect((await read('plots/metrics/validation/accuracy.tsv')).split('\n')).toHaveLength(5);
  const { validation, ...train } = JSON.parse(
    await readFile(path.join(folder, 'metrics.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect(JSON.parse(await read('metrics.json'))).toEqual({ step: 3, train, validation });
  expect((await readdir(live)).toSorted()).toEqual(['metrics.json', 'plots']);
  // Another run starts its tables anew.
  await fit({ ...spec, epochs: '1' });
  expect((await read('plots/metrics/train/loss.tsv')).split('\n')).toHaveLength(3);
});

test('leaves nothing of an earlier run where there is no epoch to tell of', async () => {
  const { folder, fit } = await fitRig();
  expect((await fit({ live: 'live', epochs: '1' })).code).toBe(0);
  const optimizer = '{ name: sgd, learning-rate: 1e30 }';
  const { code, stderr } = await fit({ live: 'live', epochs: '2', optimizer });
  expect(code).toBe(2);
  expect(stderr).toContain('the loss is');
  const left = await readdir(path.join(folder, 'live'), { recursive: true });
  expect(left.filter((file) => /\.(json|tsv)$/.test(file))).toEqual([]);
});
