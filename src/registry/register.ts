import path from 'node:path';
import { UserError } from '../errors.ts';
import type { ModelFile } from '../project/models.ts';
import type { Digest } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { inParallel } from '../store/parallel.ts';
import type { Stored } from '../store/store.ts';
import { evidenceRefusals, type GivenEvidence } from './binding.ts';
import { writeDecision } from './decision.ts';
import type { EvidenceKind } from './evidence.ts';
import { offerVersion } from './offer.ts';
import { writePin } from './pin.ts';
import { manifestText, type Snapshot, type SnapshotFile } from './manifest.ts';
import type { Signer } from './signature/signature.ts';
import { obstacle, publish, type Obstacle } from './publish.ts';
import type { VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';

export interface RegistrationRequest {
  readonly model: string;
  readonly version: string;
  readonly tag: string;
  readonly commit: string;
  readonly repository: string;
  readonly actor: string;
  readonly run: string | undefined;
  /** The model's files, and what they hashed to before anything else was looked at. */
  readonly files: readonly ModelFile[];
  readonly snapshot: Snapshot;
  readonly evidence: readonly GivenEvidence[];
  /** Kinds without which nothing is registered. */
  readonly required: readonly EvidenceKind[];
  /** Reasons against it that were found before. */
  readonly reasons: readonly string[];
  /** Relative to the workspace. */
  readonly pipeline: readonly SnapshotFile[];
  /** PEM of the key that signs the manifest. */
  readonly signer: Signer | undefined;
}

export type Registration =
  | {
      readonly status: 'registered' | 'already-registered';
      readonly record: VersionRecord;
      readonly ledgerCommit: string;
      readonly stored: Readonly<Record<Stored, number>>;
      readonly retries: number;
    }
  | {
      /** The version is taken, by other bytes or from another commit. */
      readonly status: 'conflict';
      readonly existing: VersionRecord;
      readonly candidate: VersionRecord;
      /** Whether the audit trail tells of it; not where the remote does not let us write. */
      readonly audited: boolean;
    }
  | {
      readonly status: 'refused';
      readonly reasons: readonly string[];
      readonly digest: Digest;
      readonly audited: boolean;
    };

/**
 * Makes `model@version` mean exactly these bytes: stores them, reads them back, and then says so in
 * the ledger, in one push. Whatever ends it before that push, there is no such version.
 */
export async function registerVersion(
  registry: Registry,
  request: RegistrationRequest,
): Promise<Registration> {
  const { snapshot } = request;
  const reasons = [...request.reasons, ...evidenceRefusals(request)];
  if (reasons.length > 0) {
    const audited = await audit(registry, request, 'refused', reasons.join('; '));
    return { status: 'refused', reasons, digest: snapshot.digest, audited };
  }
  const manifest = Buffer.from(manifestText(request.model, snapshot));
  const signature = request.signer && Buffer.from(await request.signer.sign(manifest));
  const statements = signature ? [manifest, signature] : [manifest];
  const record = recordOf(registry, request, statements);
  const found = await obstacle(await registry.ledger.state(), record);
  if (found && found.kind !== 'same') return blocked(registry, request, record, found);
  const keep = async () => {
    const counts = await storeAll(registry, request, statements);
    registry.observe('pin');
    await writePin(registry, found?.existing ?? record);
    return counts;
  };
  const stored = await keep();
  const published = await publish(registry, record, request, keep);
  const { obstacle: outcome, ledgerCommit, retries } = published;
  if (outcome && outcome.kind !== 'same') return blocked(registry, request, record, outcome);
  if (outcome) await writePin(registry, outcome.existing);
  const registered = outcome?.existing ?? record;
  await offerVersion(registry, registered);
  const status = outcome ? 'already-registered' : 'registered';
  return { status, record: registered, ledgerCommit, stored, retries };
}

function recordOf(
  { ledger }: Registry,
  request: RegistrationRequest,
  [manifest, signature]: readonly Buffer[],
): VersionRecord {
  const { model, version, snapshot, repository, commit, tag, actor, run } = request;
  return {
    schema: 1,
    model,
    version,
    digest: snapshot.digest,
    manifest: hashBytes(manifest ?? ''),
    ...(signature && { signature: hashBytes(signature) }),
    files: [...snapshot.files],
    source: { repository, commit, tag },
    evidence: request.evidence.map(({ evidence, bytes }) => ({
      kind: evidence.evidence,
      digest: hashBytes(bytes),
    })),
    pipeline: [...request.pipeline],
    registered: { at: ledger.now().toISOString(), by: actor, ...(run !== undefined && { run }) },
  };
}

/** Every blob is stored and read back before the manifest that names it. */
async function storeAll(
  { store, ledger, observe }: Registry,
  { files, snapshot, evidence, pipeline }: RegistrationRequest,
  statements: readonly Buffer[],
): Promise<Record<Stored, number>> {
  const counts: Record<Stored, number> = { stored: 0, present: 0, repaired: 0 };
  const digests = new Map(snapshot.files.map(({ name, digest }) => [name, digest]));
  const put = async (storing: Promise<Stored>) => {
    counts[await storing] += 1;
  };
  await inParallel(files, store.lanes, async ({ name, absolute }) => {
    const digest = digests.get(name);
    if (digest === undefined) throw new Error(`${name} was not hashed`);
    observe('store');
    await put(store.put(digest, absolute));
  });
  for (const { name, digest } of pipeline) {
    await put(store.put(digest, path.join(ledger.git.folder, name)));
  }
  for (const { bytes } of evidence) await put(store.putBytes(hashBytes(bytes), bytes));
  observe('manifest');
  for (const bytes of statements) await put(store.putBytes(hashBytes(bytes), bytes));
  return counts;
}

async function blocked(
  registry: Registry,
  request: RegistrationRequest,
  candidate: VersionRecord,
  { kind, existing }: Obstacle,
): Promise<Registration> {
  const { commit } = existing.source;
  if (kind === 'crowded') {
    const reason = `commit ${commit.slice(0, 12)} is ${existing.model}@${existing.version} already: a commit has one version of a model`;
    const audited = await audit(registry, request, 'refused', reason);
    return { status: 'refused', reasons: [reason], digest: candidate.digest, audited };
  }
  const reason = `taken by ${existing.digest} of commit ${commit}`;
  const audited = await audit(registry, request, 'conflict', reason);
  return { status: 'conflict', existing, candidate, audited };
}

/** A line for what was not done. Where it cannot be written, the reason why not matters more. */
async function audit(
  { ledger }: Registry,
  { model, version, actor, run, snapshot }: RegistrationRequest,
  result: 'conflict' | 'refused',
  reason: string,
): Promise<boolean> {
  const resource = `${model}@${version}`;
  const entry = {
    user: actor,
    action: 'register',
    resource,
    result,
    digest: snapshot.digest,
    reason,
    ...(run !== undefined && { run }),
  } as const;
  try {
    await writeDecision(ledger, entry, `Refuse ${resource}`);
    return true;
  } catch (thrown) {
    if (thrown instanceof UserError) return false;
    throw thrown;
  }
}
