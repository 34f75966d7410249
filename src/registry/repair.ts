import { EnvironmentError } from '../errors.ts';
import { CorruptBlob, MissingBlob } from '../store/store.ts';
import { checkSnapshot } from './fetch.ts';
import type { RegistrationPin } from './pin.ts';
import { publish } from './publish.ts';
import { digestsOf } from './records.ts';
import type { Registry } from './registry.ts';

/**
 * Finishes a registration that ended between its last blob and its push, where everything still
 * holds: the tag is where it was, the blobs are whole, and the version is free. Tells whether it
 * did; what cannot be finished is left for a prune.
 */
export async function finishRegistration(
  registry: Registry,
  { record }: RegistrationPin,
  actor: string,
): Promise<boolean> {
  const ref = `refs/tags/${record.source.tag}`;
  const refs = await registry.ledger.remote.refs(ref, `${ref}^{}`);
  if ((refs.get(`${ref}^{}`) ?? refs.get(ref)) !== record.source.commit) return false;
  if (!(await isWhole(registry, record))) return false;
  const by = { actor, run: record.registered.run };
  const { obstacle } = await publish(registry, record, by, () => {
    throw new EnvironmentError(`the blobs of ${record.model}@${record.version} went away`, {
      hint: 'Somebody pruned meanwhile: register the version again from its commit.',
    });
  });
  return obstacle === undefined || obstacle.kind === 'same';
}

async function isWhole(registry: Registry, record: RegistrationPin['record']): Promise<boolean> {
  try {
    for (const digest of digestsOf(record)) await registry.store.check(digest);
  } catch (thrown) {
    if (thrown instanceof MissingBlob || thrown instanceof CorruptBlob) return false;
    throw thrown;
  }
  return (await checkSnapshot(registry.store, record)).length === 0;
}
