import { declaredModels } from '../../project/models.ts';
import { readPolicy } from '../../project/policy.ts';
import type { Mandate } from '../../registry/decision.ts';
import { fsck, type FsckResult } from '../../registry/fsck.ts';
import { actorAt, actorRefusals, type GovernedAction } from '../../registry/govern.ts';
import { openRegistry } from '../../registry/registry.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';

const HOUR_MS = 60 * 60 * 1000;

export async function run(inputs: InputValues<typeof specs>, ports: Ports): Promise<FsckResult> {
  const { workspace, event, log } = ports;
  const policy = await readPolicy(workspace);
  const registry = await openRegistry({
    workspace,
    policy: policy.registry,
    store: inputs.store,
    actor: event.actor,
  });
  const actor = actorAt(registry.ledger, 'HEAD', ports);
  const mandate = async (action: GovernedAction): Promise<Mandate> => ({
    by: event.actor,
    run: event.url,
    refusals: await actorRefusals(policy.registry, action, actor),
  });
  const before = new Date(Date.now() - inputs.grace * HOUR_MS);
  return fsck(registry, {
    models: declaredModels(policy).map(({ name }) => name),
    repair: inputs.repair ? await mandate('register') : undefined,
    prune: inputs.prune ? { ...(await mandate('prune')), before } : undefined,
    onVersion: (checked, of) => {
      log.progress('check versions', checked, of);
    },
  });
}
