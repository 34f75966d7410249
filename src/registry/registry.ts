import path from 'node:path';
import { UserError } from '../errors.ts';
import { POLICY_FILE, type RegistryPolicy } from '../project/policy.ts';
import { DirectoryStore } from '../store/directory.ts';
import { findCredentials, type Credentials } from '../store/oci/credentials.ts';
import { OciStore } from '../store/oci/oci-store.ts';
import { parseOciPlace } from '../store/oci/place.ts';
import type { ContentStore } from '../store/store.ts';
import { Git } from './git.ts';
import { Ledger, type LedgerStep } from './ledger.ts';
import { notARepository, Remote } from './remote.ts';

/** Where the bytes of snapshots are, and what says which of them are versions. */
export interface Registry {
  readonly store: ContentStore;
  readonly ledger: Ledger;
  /** Told before each step of a registration; a test ends the process there. */
  readonly observe: (step: RegistryStep) => void;
}

export type RegistryStep = LedgerStep | 'hash' | 'store' | 'manifest' | 'pin' | 'offer';

/** Which store, where it is not the policy's alone to say. */
export interface StoreChoice {
  /** Instead of the policy's store. */
  readonly store?: string | undefined;
  /** Who logs in to `store`; whoever Docker is logged in as by default. */
  readonly credentials?: Credentials | undefined;
}

export interface RegistryOptions extends StoreChoice {
  /** The user's clone, absolute. */
  readonly workspace: string;
  readonly policy: RegistryPolicy;
  /** Who acts. */
  readonly actor: string;
  readonly observe?: (step: RegistryStep) => void;
  readonly now?: () => Date;
}

/**
 * The registry that the policy describes.
 * @throws UserError where no store is configured or the workspace is no clone.
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const observe = options.observe ?? (() => undefined);
  return { store: openStore(options), ledger: await openLedger(options), observe };
}

/** The ledger alone, for whoever needs no bytes. @throws UserError outside a clone. */
export async function openLedger(
  options: Omit<RegistryOptions, keyof StoreChoice>,
): Promise<Ledger> {
  const { workspace, policy, actor, observe, now } = options;
  const git = new Git(workspace);
  if ((await git.run(['rev-parse', '--git-dir'])).code !== 0) throw notARepository(workspace);
  return new Ledger({
    git,
    remote: new Remote(git, policy.remote),
    branch: policy.branch,
    author: actor,
    ...(observe && { observe }),
    ...(now && { now }),
  });
}

/**
 * A folder, relative to the repository, or a repository of an OCI registry.
 * @throws UserError where none is configured.
 */
export function openStore({
  workspace,
  policy,
  store,
  credentials,
}: Pick<RegistryOptions, 'workspace' | 'policy' | keyof StoreChoice>): ContentStore {
  const place = store ?? policy.store;
  if (!place) {
    throw new UserError('no store is configured for the bytes of snapshots', {
      hint: `Set registry.store in ${POLICY_FILE} (or the input store) to a folder that every job reaches, such as /mnt/models, or to a registry, such as oci://ghcr.io/lab/models.`,
      place: { file: POLICY_FILE },
    });
  }
  const scheme = /^[a-z][a-z0-9+.-]+:\/\//i.exec(place)?.[0].toLowerCase();
  if (scheme === 'oci://' || scheme === 'oci+http://') {
    const given = credentials && (() => Promise.resolve(credentials));
    return new OciStore(parseOciPlace(place), { credentials: given ?? findCredentials });
  }
  if (scheme !== undefined) {
    throw new UserError(`a store at ${scheme} is not known`, {
      hint: 'Name a folder, absolute or relative to the repository, or oci://host/repository.',
      place: { file: POLICY_FILE },
    });
  }
  if (credentials) {
    throw new UserError(`the store ${place} is a folder, and nobody logs in to a folder`, {
      hint: 'Take store-username and store-password away, or name oci://host/repository.',
    });
  }
  return new DirectoryStore(path.resolve(workspace, place));
}
