import { act, actionOf, type ActionOutcome, type ActionRequest } from '../../registry/act.ts';
import { approvalOf } from '../../registry/approval.ts';
import { actorAt, actorRefusals, branchRefusals } from '../../registry/govern.ts';
import type { Registry } from '../../registry/registry.ts';
import { signedTagRefusals } from '../../registry/signed-tag.ts';
import { publishedCommit } from '../../registry/published.ts';
import type { Ports } from '../../runner/ports.ts';

/** Does what a tag says about versions that are there, where the policy lets its pusher. */
export async function actOn(
  registry: Registry,
  { model, tag, policy }: Pick<ActionRequest, 'model' | 'tag' | 'policy'>,
  ports: Ports,
): Promise<ActionOutcome> {
  const { git, remote } = registry.ledger;
  const commit = await publishedCommit(git, remote, tag.text);
  const actor = actorAt(registry.ledger, commit, ports);
  const environment = 'environment' in tag ? tag.environment : undefined;
  const approval = await approvalOf(policy, environment, actor);
  return act(registry, {
    model,
    tag,
    commit,
    policy,
    actor: actor.login,
    run: ports.event.url,
    approvedBy: approval.by,
    reasons: [
      ...(await actorRefusals(policy, actionOf(tag), actor, environment)),
      ...(await branchRefusals(git, remote, policy.branches, commit)),
      ...(await signedTagRefusals(git, remote, policy, tag)),
      ...approval.reasons,
    ],
  });
}
