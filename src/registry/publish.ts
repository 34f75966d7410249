import { inParallel } from '../store/parallel.ts';
import type { LedgerState } from './ledger-state.ts';
import { isPinned } from './pin.ts';
import { digestsOf, recordText, versionPath, type VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';

/** What the ledger has already that bears on a registration. */
export interface Obstacle {
  /**
   * `same`: this very registration. `taken`: the version has other bytes or another commit.
   * `crowded`: the commit has another version, and GTO, whose tags these are, reads one a commit.
   */
  readonly kind: 'same' | 'taken' | 'crowded';
  readonly existing: VersionRecord;
}

export async function obstacle(
  state: LedgerState,
  record: VersionRecord,
): Promise<Obstacle | undefined> {
  const existing = await state.version(record.model, record.version);
  if (existing) return { kind: sameVersion(existing, record) ? 'same' : 'taken', existing };
  const [other] = await state.versionsFrom(record.model, record.source.commit);
  return other && { kind: 'crowded', existing: other };
}

/** The same bytes under the same names from the same commit; who registered them is no matter. */
function sameVersion(a: VersionRecord, b: VersionRecord): boolean {
  return a.manifest === b.manifest && a.source.commit === b.source.commit;
}

export interface Publication {
  /** What kept the record out of the ledger; undefined where it is in. */
  readonly obstacle: Obstacle | undefined;
  readonly ledgerCommit: string;
  readonly retries: number;
}

/**
 * The commit point of a registration: one push, after which the version is there for everybody.
 * `restore` stores and pins the blobs again where they went away while this writer waited its turn.
 */
export async function publish(
  registry: Registry,
  record: VersionRecord,
  by: { readonly actor: string; readonly run: string | undefined },
  restore: () => Promise<unknown>,
): Promise<Publication> {
  const { model, version, digest, source } = record;
  const resource = `${model}@${version}`;
  const { result, commit, retries } = await registry.ledger.transact(async (state) => {
    const found = await obstacle(state, record);
    if (found) return { result: found };
    // A prune elsewhere may have taken them for orphans.
    if (!(await isKept(registry, record))) await restore();
    return {
      result: undefined,
      write: {
        changes: [{ path: versionPath(model, version), text: recordText(record) }],
        entry: {
          user: by.actor,
          action: 'register',
          resource,
          result: 'ok',
          digest,
          ...(by.run !== undefined && { run: by.run }),
        },
        message: `Register ${resource}\n\nSnapshot: ${digest}\nCommit: ${source.commit}\n`,
      },
    };
  });
  return { obstacle: result, ledgerCommit: commit ?? '', retries };
}

async function isKept(registry: Registry, record: VersionRecord): Promise<boolean> {
  const { store } = registry;
  const digests = [...new Set(digestsOf(record))];
  const there = await inParallel(digests, store.lanes, (digest) => store.has(digest));
  return !there.includes(false) && (await isPinned(registry, record));
}
