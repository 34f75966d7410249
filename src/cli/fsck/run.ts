import { declaredModels } from '../../project/models.ts';
import { readPolicy } from '../../project/policy.ts';
import { fsck, type FsckResult } from '../../registry/fsck.ts';
import { openRegistry } from '../../registry/registry.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';

const HOUR_MS = 60 * 60 * 1000;

export async function run(
  inputs: InputValues<typeof specs>,
  { workspace, event, log }: Ports,
): Promise<FsckResult> {
  const policy = await readPolicy(workspace);
  const registry = await openRegistry({
    workspace,
    policy: policy.registry,
    store: inputs.store,
    actor: event.actor,
  });
  return fsck(registry, {
    models: declaredModels(policy).map(({ name }) => name),
    repairAs: inputs.repair ? event.actor : undefined,
    pruneBefore: inputs.prune ? new Date(Date.now() - inputs.grace * HOUR_MS) : undefined,
    onVersion: (checked, of) => {
      log.progress('check versions', checked, of);
    },
  });
}
