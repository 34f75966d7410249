import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { inParallel } from '../store/parallel.ts';
import { CorruptBlob, MissingBlob, type BlobReader } from '../store/store.ts';
import { manifestText, parseManifest, rootDigest, safeName, sealed } from './manifest.ts';
import type { VersionRecord } from './records.ts';
import type { Verifier } from './signature/signature.ts';

/** A manifest of a hundred thousand files stays below. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Why a file of a snapshot is not what was registered. */
export interface Difference {
  /** The file; `manifest`, `signature` or `record` where these themselves do not hold. */
  readonly file: string;
  readonly problem: 'missing' | 'corrupt' | 'inconsistent' | 'unsigned' | 'forged';
  readonly expected: Digest;
  readonly actual?: Digest | undefined;
  readonly message: string;
}

/**
 * Writes the files of a registered version below `folder`, which must be there and empty, checking
 * every byte on the way. Returns what differs; where anything does, nothing in `folder` may be used.
 */
export async function fetchSnapshot(
  source: BlobReader,
  record: VersionRecord,
  folder: string,
): Promise<readonly Difference[]> {
  return compare(source, record, async ({ name, digest, size }) => {
    const file = path.join(folder, ...safeName(name).split('/'));
    await mkdir(path.dirname(file), { recursive: true });
    await source.get(digest, file, size);
  });
}

/** Reads every byte of a registered version where it is stored; returns what differs. */
export async function checkSnapshot(
  source: BlobReader,
  record: VersionRecord,
): Promise<readonly Difference[]> {
  return compare(source, record, ({ digest, size }) => source.check(digest, size));
}

/** Why a version is not known to come from whom we trust; empty where it is. */
export async function checkSignature(
  source: BlobReader,
  record: VersionRecord,
  verifier: Verifier,
): Promise<readonly Difference[]> {
  const file = 'signature';
  const { signature, manifest: expected } = record;
  if (signature === undefined) {
    const message = 'the version was registered without a signature';
    return [{ file, problem: 'unsigned', expected, message }];
  }
  let signed: Buffer | undefined;
  const found = await difference(file, signature, async () => {
    const bundle = await source.getBytes(signature, 2 * MAX_MANIFEST_BYTES);
    signed = await verifier.signedManifest(bundle.toString('utf8'));
  });
  if (found) return [found];
  if (signed && hashBytes(signed) === expected) return [];
  const message = signed
    ? 'the signature is over another manifest'
    : `the signature was not made with ${verifier.trusted}`;
  const actual = signed && hashBytes(signed);
  return [{ file, problem: 'forged', expected, actual, message }];
}

async function compare(
  source: BlobReader,
  record: VersionRecord,
  visit: (file: VersionRecord['files'][number]) => Promise<void>,
): Promise<readonly Difference[]> {
  const files = await inParallel(record.files, source.lanes, (file) =>
    difference(file.name, file.digest, () => visit(file)),
  );
  return [
    ...recordDifferences(record),
    ...(await manifestDifferences(source, record)),
    ...files.filter((found) => found !== undefined),
  ];
}

/** A record that contradicts itself was not written by a registration. */
function recordDifferences(record: VersionRecord): readonly Difference[] {
  const actual = rootDigest(sealed(record.files).files);
  if (actual === record.digest) return [];
  const message = 'the files in the ledger do not add up to the digest of the version';
  return [{ file: 'record', problem: 'inconsistent', expected: record.digest, actual, message }];
}

async function manifestDifferences(
  source: BlobReader,
  record: VersionRecord,
): Promise<readonly Difference[]> {
  let text = '';
  const found = await difference('manifest', record.manifest, async () => {
    text = (await source.getBytes(record.manifest, MAX_MANIFEST_BYTES)).toString('utf8');
  });
  if (found) return [found];
  const agrees =
    text === manifestText(record.model, record) && parseManifest(text).digest === record.digest;
  if (agrees) return [];
  const message = 'the manifest lists other files than the ledger';
  return [{ file: 'manifest', problem: 'inconsistent', expected: record.manifest, message }];
}

async function difference(
  file: string,
  expected: Digest,
  read: () => Promise<void>,
): Promise<Difference | undefined> {
  try {
    await read();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof MissingBlob) {
      return { file, problem: 'missing', expected, message: thrown.message };
    }
    if (thrown instanceof CorruptBlob) {
      const { actual, message } = thrown;
      return { file, problem: 'corrupt', expected, actual, message };
    }
    throw thrown;
  }
}
