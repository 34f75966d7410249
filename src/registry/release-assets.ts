import type { Digest } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { recordText, type VersionRecord } from './records.ts';

/** One file of a version as GitHub keeps it beside a release. */
export interface ReleaseAsset {
  readonly name: string;
  /** The file's own name, which a page shows instead. */
  readonly label: string;
  readonly digest: Digest;
  readonly holds: 'file' | 'manifest' | 'record' | 'signature';
}

/**
 * What a release of this version holds, the same for whoever publishes and for whoever reads: every
 * file that is not empty (GitHub takes none of those), the manifest, the record and the signature.
 */
export function releaseAssets(record: VersionRecord): readonly ReleaseAsset[] {
  const { model, version, manifest, signature } = record;
  const stem = `${model}-${version}`;
  const files = record.files.filter(({ size }) => size > 0);
  return named([
    ...files.map(({ name, digest }) => ({ label: name, digest, holds: 'file' as const })),
    { label: `${stem}.manifest.json`, digest: manifest, holds: 'manifest' },
    { label: `${stem}.record.json`, digest: hashBytes(textOf(record)), holds: 'record' },
    ...(signature === undefined
      ? []
      : [{ label: `${stem}.sigstore.json`, digest: signature, holds: 'signature' as const }]),
  ]);
}

/** The record as an asset. */
export function textOf(record: VersionRecord): Buffer {
  return Buffer.from(recordText(record));
}

/** GitHub turns other characters of a name into dots, folders too; two files may then meet. */
function named(assets: readonly Omit<ReleaseAsset, 'name'>[]): readonly ReleaseAsset[] {
  const taken = new Set<string>();
  return assets.map((asset) => {
    const plain = asset.label.replace(/[^A-Za-z0-9._-]+/g, '.').replace(/^\.+/, '');
    const short = asset.digest.replace('sha256:', '').slice(0, 12);
    const name = plain === '' || taken.has(plain) ? `${short}-${plain}` : plain;
    taken.add(name);
    return { ...asset, name };
  });
}
