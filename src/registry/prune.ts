import type { Digest } from '../store/digest.ts';
import type { StoredBlob } from '../store/store.ts';
import { refusalOf, writeDecision, type Mandate } from './decision.ts';
import type { RegistrationPin } from './pin.ts';
import type { Problem } from './problem.ts';
import { digestsOf, type VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';

/** What is in the store, and who needs it. */
export interface Inventory {
  readonly blobs: ReadonlyMap<Digest, StoredBlob>;
  readonly pins: readonly RegistrationPin[];
  readonly versions: readonly VersionRecord[];
  readonly interrupted: readonly RegistrationPin[];
}

export interface Pruned {
  readonly removed?: { readonly blobs: number; readonly bytes: number };
  /** Why nothing was removed. */
  readonly refused?: Problem;
}

/** Forgets registrations that ended before `before`, then removes what nobody needs any more. */
export async function prune(
  { store, ledger }: Registry,
  { blobs, pins, versions, interrupted }: Inventory,
  mandate: Mandate & { readonly before: Date },
): Promise<Pruned> {
  const { before, by, run } = mandate;
  const subject = { action: 'prune', resource: store.place } as const;
  const refused = await refusalOf(ledger, mandate, subject);
  if (refused) return { refused };
  const forgotten = new Set(interrupted.filter(({ written }) => written < before));
  const kept = pins.filter((pin) => !forgotten.has(pin)).map(({ record }) => record);
  const needed = new Set([...versions, ...kept].flatMap(digestsOf));
  const idle = [...blobs.values()].filter(
    ({ digest, used }) => !needed.has(digest) && used < before,
  );
  if (forgotten.size + idle.length > 0) {
    // First, so that what is gone has a line however this ends.
    const entry = {
      user: by,
      ...subject,
      result: 'ok',
      ...(run !== undefined && { run }),
    } as const;
    await writeDecision(ledger, entry, `Prune ${store.place}`);
  }
  for (const { name } of forgotten) await store.pins.remove(name);
  const removed: StoredBlob[] = [];
  for (const blob of idle) if (await store.remove(blob.digest, before)) removed.push(blob);
  await store.sweep(before);
  return { removed: totalOf(removed) };
}

export function totalOf(blobs: readonly StoredBlob[]): {
  readonly blobs: number;
  readonly bytes: number;
} {
  return { blobs: blobs.length, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
}
