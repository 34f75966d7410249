import { z } from 'zod';
import { encodedOf } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { digestsOf, versionSchema, type VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';

/** The record of a registration, as the store has it from before the ledger does. */
export interface RegistrationPin {
  readonly name: string;
  readonly record: VersionRecord;
  /** Whether this ledger's repository wrote it; a store may serve several. */
  readonly ours: boolean;
  readonly written: Date;
}

const pinSchema = z.object({ remote: z.string(), record: versionSchema });

/** Says in the store that this version needs its blobs, before the ledger says so. */
export async function writePin(registry: Registry, record: VersionRecord): Promise<void> {
  const remote = await registry.ledger.remote.identity();
  const text = `${JSON.stringify({ remote, record }, null, 2)}\n`;
  await registry.store.pins.write({
    name: nameOf(remote, record),
    text,
    blobs: digestsOf(record),
  });
}

/** Whether the store knows who needs the blobs of this version. */
export async function isPinned(registry: Registry, record: VersionRecord): Promise<boolean> {
  return registry.store.pins.has(nameOf(await registry.ledger.remote.identity(), record));
}

export async function* readPins(registry: Registry): AsyncGenerator<RegistrationPin> {
  const remote = await registry.ledger.remote.identity();
  for await (const { name, text, written } of registry.store.pins.list()) {
    const { remote: owner, record } = pinSchema.parse(JSON.parse(text));
    yield { name, record, ours: owner === remote, written };
  }
}

function nameOf(remote: string, { model, version }: VersionRecord): string {
  return encodedOf(hashBytes(`${remote}\n${model}@${version}`));
}
