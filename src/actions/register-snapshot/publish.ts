import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { UserError } from '../../errors.ts';
import type { ModelFile } from '../../project/models.ts';
import { recordText, type VersionRecord } from '../../registry/records.ts';
import type { Registry } from '../../registry/registry.ts';
import { MAX_MANIFEST_BYTES } from '../../registry/fetch.ts';
import { code, table } from '../../report/markdown.ts';
import { bytes } from '../../report/text.ts';
import type { Asset, Made, Ports, Release } from '../../runner/ports.ts';
import { hashBytes } from '../../store/hash.ts';

/** What was made known of a version after it was registered, or why it was not. */
export interface Publication {
  readonly what: 'release' | 'attestation';
  readonly made: Made | undefined;
  /** What went wrong and what to do; the version is registered all the same. */
  readonly failure: string | undefined;
}

export interface Publishing {
  readonly registry: Registry;
  readonly record: VersionRecord;
  readonly files: readonly ModelFile[];
  readonly wanted: { readonly release: boolean; readonly attest: boolean };
  readonly ports: Ports;
}

/** Comes after the ledger and can be repeated: a version does not depend on its announcement. */
export async function publishVersion(publishing: Publishing): Promise<readonly Publication[]> {
  const { wanted, ports, record } = publishing;
  const done: Publication[] = [];
  if (wanted.attest) {
    done.push(await attempt('attestation', ports.attestations, (to) => to.attest(record.files)));
  }
  if (wanted.release) {
    done.push(
      await attempt('release', ports.releases, async (to) =>
        to.publish(await releaseOf(publishing)),
      ),
    );
  }
  return done;
}

async function attempt<Port>(
  what: Publication['what'],
  port: Port | undefined,
  make: (port: Port) => Promise<Made>,
): Promise<Publication> {
  if (!port) return { what, made: undefined, failure: `there is no ${what} outside of GitHub` };
  try {
    return { what, made: await make(port), failure: undefined };
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return { what, made: undefined, failure: `${thrown.message}. ${thrown.hint}` };
  }
}

async function releaseOf({ registry, record, files }: Publishing): Promise<Release> {
  const { model, version, source } = record;
  const absolute = new Map(files.map((file) => [file.name, file.absolute]));
  const read = (digest: typeof record.manifest) =>
    registry.store.getBytes(digest, 2 * MAX_MANIFEST_BYTES);
  const stem = `${model}-${version}`;
  const documents = [
    document(`${stem}.manifest.json`, await read(record.manifest)),
    document(`${stem}.record.json`, Buffer.from(recordText(record))),
    ...(record.signature === undefined
      ? []
      : [document(`${stem}.sigstore.json`, await read(record.signature))]),
  ];
  const weights = record.files.map(({ name, digest, size }): Unnamed => {
    const file = absolute.get(name);
    if (file === undefined) throw new Error(`${name} was not registered from here`);
    return { label: name, digest, size, open: () => createReadStream(file) };
  });
  return {
    tag: source.tag,
    title: `${model} ${version}`,
    notes: notesOf(record),
    prerelease: version.includes('-'),
    assets: named([...weights, ...documents]),
  };
}

type Unnamed = Omit<Asset, 'name'>;

function document(label: string, content: Buffer): Unnamed {
  return {
    label,
    digest: hashBytes(content),
    size: content.length,
    open: () => Readable.from([content]),
  };
}

/** GitHub turns other characters of a name into dots, folders too; two files may then meet. */
function named(assets: readonly Unnamed[]): readonly Asset[] {
  const taken = new Set<string>();
  return assets.map((asset) => {
    const plain = asset.label.replace(/[^A-Za-z0-9._-]+/g, '.').replace(/^\.+/, '');
    const short = asset.digest.replace('sha256:', '').slice(0, 12);
    const name = plain === '' || taken.has(plain) ? `${short}-${plain}` : plain;
    taken.add(name);
    return { ...asset, name };
  });
}

function notesOf(record: VersionRecord): string {
  const resource = `${record.model}@${record.version}`;
  const rows = record.files.map(({ name, digest, size }) => [
    code(name),
    bytes(size),
    code(digest.replace('sha256:', '')),
  ]);
  const files = table([{ title: 'File' }, { title: 'Size' }, { title: 'sha256' }], rows);
  const evidence = record.evidence.map(({ kind }) => kind).join(', ') || 'none';
  return [
    `Snapshot ${code(record.digest)} of commit ${record.source.commit}. Evidence: ${evidence}.`,
    files,
    `Verify it where it is deployed: ${code(`model-ci verify ${resource}`)}`,
  ].join('\n\n');
}
