import { UserError } from '../errors.ts';
import { POLICY_FILE, type RegistryPolicy } from '../project/policy.ts';
import type { BlobReader } from '../store/store.ts';
import { checkSignature, checkSnapshot, fetchSnapshot, type Difference } from './fetch.ts';
import type { VersionRecord } from './records.ts';
import { verifierOf } from './signature/policy.ts';
import type { Verifier } from './signature/signature.ts';

/** A version of the ledger, where its bytes are, and who must have signed it. */
export interface VersionInStore {
  readonly source: BlobReader;
  readonly record: VersionRecord;
  /** Undefined where nobody asks for a signature. */
  readonly verifier: Verifier | undefined;
}

/**
 * Holds the signature, where one is asked for, and every byte against the ledger; returns what
 * differs. Where anything does, nothing in `folder` may be used.
 * @param folder where the files go, there and empty; without one they are read where they are stored
 */
export async function checkVersion(
  { source, record, verifier }: VersionInStore,
  folder?: string,
): Promise<readonly Difference[]> {
  return [
    ...(verifier ? await checkSignature(source, record, verifier) : []),
    ...(folder === undefined
      ? await checkSnapshot(source, record)
      : await fetchSnapshot(source, record, folder)),
  ];
}

export interface CopyRequest extends Omit<VersionInStore, 'verifier'> {
  readonly workspace: string;
  readonly policy: RegistryPolicy;
  /** There and empty. */
  readonly folder: string;
  /** What the copy is for, as a message names it. */
  readonly role: 'baseline' | 'model';
}

/**
 * Copies a registered version into `folder` for whoever is about to use it.
 * @throws UserError where it is not what was registered, or not signed as the policy asks; then
 * nothing in `folder` may be used.
 */
export async function copyVerified(request: CopyRequest): Promise<void> {
  const { source, record, folder, policy, workspace, role } = request;
  const verifier = await verifierOf(policy, workspace, undefined);
  const [first] = await checkVersion({ source, record, verifier }, folder);
  if (first === undefined) return;
  const name = `${record.model}@${record.version}`;
  throw new UserError(`the ${role} ${name} is refused: ${first.file}: ${first.message}`, {
    hint: `${mendOf(first, name)}, or name another ${role}.`,
  });
}

function mendOf({ problem }: Difference, name: string): string {
  const policy = `registry in ${POLICY_FILE} says whose signature counts`;
  if (problem === 'unsigned') return `Register a version that is signed (${policy})`;
  if (problem === 'forged') return `Find out who signed it (${policy}), register one that counts`;
  return `Let model-ci verify ${name} list everything that differs, register it again from its commit to mend the store`;
}
