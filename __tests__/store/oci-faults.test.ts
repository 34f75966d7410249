import { expect, test } from '@jest/globals';
import { random } from '../../bench/registry/trial.ts';
import { FAULTS } from '../services/fault-proxy.ts';
import { startOciRegistry } from '../services/oci/registry.ts';
import { perTest } from '../services/temporary.ts';
import { runThroughFaults } from './faults.ts';

const { folder, keep } = perTest();

test.each([1, 2])(
  'nothing corrupt is accepted through a proxy that lies (seed %i)',
  async (seed) => {
    const accounts = { 'ada:secret': ['pull', 'push'] } as const;
    const registry = keep(await startOciRegistry({ guard: { scheme: 'basic', accounts } }));
    const run = await runThroughFaults({
      registry: registry.url,
      folder: await folder(),
      operations: 60,
      next: random(seed),
      largest: 200_000,
    });
    expect(run.succeeded).toBeGreaterThan(10);
    for (const kind of FAULTS) expect([kind, run.injected[kind]]).not.toEqual([kind, 0]);
  },
);
