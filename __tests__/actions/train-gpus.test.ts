import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { parseHTML } from 'linkedom';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gpusOf, watchGpus } from '../../src/actions/train/gpu-watch.ts';
import { trainPage } from '../../src/actions/train/page.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nvidia smi '));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A program in the place of nvidia-smi that answers to its command line, and then says nothing. */
async function smi(): Promise<NodeJS.ProcessEnv> {
  const file = path.join(folder, 'nvidia-smi');
  const script = `#!/bin/sh
case "$*" in
  "--query-gpu=name,driver_version --format=csv,noheader") echo "NVIDIA <H100>, 570.1" ;;
  "--query-gpu=index,utilization.gpu,memory.used,power.draw --format=csv,noheader,nounits --loop=2")
    echo "0, 50, 1000, 300.5"; echo "1, 25, 2000, [N/A]"; echo "garbage"; echo "0, 60, 1100, 310"
    exec sleep 60 ;;
  *) exit 1 ;;
esac
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
  return { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH ?? ''}` };
}

test('what nvidia-smi tells is sampled, and drawn', async () => {
  const environment = await smi();
  expect(await gpusOf(environment)).toEqual([{ name: 'NVIDIA <H100>', driver: '570.1' }]);
  const watch = watchGpus(environment);
  await delay(700);
  const samples = watch.stop();
  expect(samples.map(({ gpu, utilization, memory }) => [gpu, utilization, memory])).toEqual([
    [0, 50, 1000],
    [1, 25, 2000],
    [0, 60, 1100],
  ]);
  expect(samples.map(({ power }) => power)).toEqual([300.5, Number.NaN, 310]);
  const text = await trainPage({ stages: [], series: [], samples, brought: [] });
  expect(text).toContain('GPU power (W) over time');
});

test('without nvidia-smi there is nothing to watch', async () => {
  expect(await gpusOf({ PATH: folder })).toEqual([]);
  const watch = watchGpus({ PATH: folder });
  await delay(50);
  expect(watch.stop()).toEqual([]);
});

test('names of curves are text in the page', async () => {
  const points = [
    { step: 1, value: 1 },
    { step: 2, value: 2 },
  ];
  const series = [{ name: '"><script>alert(1)</script><b onload="', points }];
  const text = await trainPage({ stages: [], series, samples: [], brought: [] });
  const { document } = parseHTML(text) as unknown as {
    document: { querySelectorAll(selector: string): { readonly length: number } };
  };
  expect(document.querySelectorAll('script, b, [onload]')).toHaveLength(0);
  expect(document.querySelectorAll('svg')).toHaveLength(1);
});
