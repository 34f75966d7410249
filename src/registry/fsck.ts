import type { Digest } from '../store/digest.ts';
import { CorruptBlob, MissingBlob, type StoredBlob } from '../store/store.ts';
import { readAudit } from './audit.ts';
import { checkSnapshot } from './fetch.ts';
import { refusalOf, type Mandate } from './decision.ts';
import { keep, keepingProblems } from './keeping.ts';
import type { LedgerState } from './ledger-state.ts';
import { readPins, type RegistrationPin } from './pin.ts';
import type { Problem } from './problem.ts';
import { prune, totalOf } from './prune.ts';
import { digestsOf, type VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';
import { finishRegistration } from './repair.ts';
import { parseTag } from './tag.ts';

export interface FsckResult {
  readonly versions: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
  /** Registrations that were finished, such as digits@v1.2.0. */
  readonly finished: readonly string[];
  /** What the store cannot do. */
  readonly caveat: string | undefined;
  readonly pruned: { readonly blobs: number; readonly bytes: number } | undefined;
}

export interface FsckOptions {
  /** Models whose tags ought to be registered. */
  readonly models: readonly string[];
  /** Finishes interrupted registrations, for whoever may register. */
  readonly repair?: Mandate | undefined;
  /** Removes what nobody needs and nobody touched since, for whoever may prune. */
  readonly prune?: (Mandate & { readonly before: Date }) | undefined;
  readonly onVersion?: (checked: number, of: number) => void;
}

/** Compares tags, ledger, manifests and blobs, reading every byte that a version needs. */
export async function fsck(registry: Registry, options: FsckOptions): Promise<FsckResult> {
  // The ledger is read last: what is registered meanwhile is in it, and no orphan.
  const blobs = await listBlobs(registry);
  const pins = await listPins(registry);
  const { finished, refused } = await repair(registry, pins, options.repair);
  const state = await registry.ledger.state();
  const versions = await state.versions();
  const problems: Problem[] = [...refused];
  for (const [index, record] of versions.entries()) {
    if (options.repair) await keep(registry, record);
    problems.push(...(await versionProblems(registry, record)));
    problems.push(...(await keepingProblems(registry, record)));
    options.onVersion?.(index + 1, versions.length);
  }
  problems.push(...(await tagProblems(registry, versions, options.models)));
  problems.push(...(await auditProblems(state)));
  const registered = new Set(versions.map(nameOf));
  const interrupted = pins.filter(({ ours, record }) => ours && !registered.has(nameOf(record)));
  problems.push(...interrupted.map(interruptedProblem));
  const needed = new Set([...versions, ...pins.map(({ record }) => record)].flatMap(digestsOf));
  const orphans = [...blobs.values()].filter(({ digest }) => !needed.has(digest));
  problems.push(...orphans.map(orphanProblem));
  const inventory = { blobs, pins, versions, interrupted };
  const pruned = options.prune && (await prune(registry, inventory, options.prune));
  if (pruned?.refused) problems.push(pruned.refused);
  const { caveat } = registry.store;
  const total = totalOf([...blobs.values()]);
  const { removed } = pruned ?? {};
  return { versions: versions.length, ...total, problems, finished, caveat, pruned: removed };
}

async function listBlobs({ store }: Registry): Promise<ReadonlyMap<Digest, StoredBlob>> {
  const blobs = new Map<Digest, StoredBlob>();
  for await (const blob of store.list()) {
    // md5 addresses a pipeline's cache, which is not the registry's business.
    if (blob.digest.startsWith('sha256:')) blobs.set(blob.digest, blob);
  }
  return blobs;
}

async function listPins(registry: Registry): Promise<readonly RegistrationPin[]> {
  const pins: RegistrationPin[] = [];
  for await (const pin of readPins(registry)) pins.push(pin);
  return pins;
}

async function repair(
  registry: Registry,
  pins: readonly RegistrationPin[],
  mandate: Mandate | undefined,
): Promise<{ readonly finished: readonly string[]; readonly refused: readonly Problem[] }> {
  const finished: string[] = [];
  const refused: Problem[] = [];
  if (!mandate) return { finished, refused };
  const registered = new Set((await (await registry.ledger.state()).versions()).map(nameOf));
  for (const pin of pins) {
    const resource = nameOf(pin.record);
    if (!pin.ours || registered.has(resource)) continue;
    const refusal = await refusalOf(registry.ledger, mandate, { action: 'register', resource });
    if (refusal) refused.push(refusal);
    else if (await finishRegistration(registry, pin, mandate.by)) finished.push(resource);
  }
  return { finished, refused };
}

async function versionProblems(
  registry: Registry,
  record: VersionRecord,
): Promise<readonly Problem[]> {
  const resource = nameOf(record);
  const differences = await checkSnapshot(registry.store, record);
  const missing = differences.filter(({ problem }) => problem === 'missing');
  if (missing.length === record.files.length + 1) {
    const message = `none of its ${record.files.length} files is in the store`;
    return [{ kind: 'ghost', severity: 'error', resource, message }];
  }
  const problems = differences.map(({ problem, file, message }): Problem => ({
    kind: problem,
    severity: 'error',
    resource,
    message: `${file}: ${message}`,
  }));
  for (const { name, digest } of [
    ...record.pipeline,
    ...record.evidence.map((part) => ({ name: `${part.kind} evidence`, digest: part.digest })),
    ...(record.signature === undefined ? [] : [{ name: 'signature', digest: record.signature }]),
  ]) {
    try {
      await registry.store.check(digest);
    } catch (thrown) {
      if (!(thrown instanceof MissingBlob || thrown instanceof CorruptBlob)) throw thrown;
      const kind = thrown instanceof MissingBlob ? 'missing' : 'corrupt';
      problems.push({ kind, severity: 'error', resource, message: `${name}: ${thrown.message}` });
    }
  }
  return problems;
}

async function tagProblems(
  { ledger }: Registry,
  versions: readonly VersionRecord[],
  models: readonly string[],
): Promise<readonly Problem[]> {
  const refs = await ledger.remote.refs('refs/tags/*');
  const problems: Problem[] = [];
  for (const record of versions) {
    const { tag, commit } = record.source;
    const now = refs.get(`refs/tags/${tag}^{}`) ?? refs.get(`refs/tags/${tag}`);
    if (now === commit) continue;
    const registered = `it was registered at ${commit.slice(0, 12)}`;
    problems.push(
      now === undefined
        ? {
            kind: 'missing-tag',
            severity: 'warning',
            resource: nameOf(record),
            message: `the remote has no tag ${tag}; ${registered}`,
          }
        : {
            kind: 'moved-tag',
            severity: 'error',
            resource: nameOf(record),
            message: `the tag ${tag} is at ${now.slice(0, 12)}; ${registered}`,
          },
    );
  }
  const registered = new Set(versions.map(nameOf));
  for (const ref of refs.keys()) {
    const tag = parseTag(ref.replace(/^refs\/tags\//, ''));
    // A plain v1.2.0 may well be a release of the repository's software.
    if (tag?.action !== 'register' || tag.model === undefined) continue;
    const resource = `${tag.model}@${tag.version}`;
    if (!models.includes(tag.model) || registered.has(resource)) continue;
    const message = 'the tag is there, the version is not registered';
    problems.push({ kind: 'unregistered-tag', severity: 'warning', resource, message });
  }
  return problems;
}

async function auditProblems(state: LedgerState): Promise<readonly Problem[]> {
  const { brokenAt } = await readAudit(state);
  if (!brokenAt) return [];
  const resource = `${brokenAt.path}:${brokenAt.line}`;
  const message = 'the line does not follow from the one before it: the trail was edited';
  return [{ kind: 'broken-audit', severity: 'error', resource, message }];
}

function interruptedProblem({ record, written }: RegistrationPin): Problem {
  const message = `a registration of ${written.toISOString()} by ${record.registered.by} ended before its push; running it again or fsck --repair finishes it`;
  return { kind: 'interrupted', severity: 'notice', resource: nameOf(record), message };
}

function orphanProblem({ digest, size, used }: StoredBlob): Problem {
  const message = `${size} bytes that no version needs, stored ${used.toISOString()}`;
  return { kind: 'orphan', severity: 'notice', resource: digest, message };
}

function nameOf({ model, version }: VersionRecord): string {
  return `${model}@${version}`;
}
