import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { UserError } from '../../errors.ts';
import type { ModelFile } from '../../project/models.ts';
import { MAX_MANIFEST_BYTES } from '../../registry/fetch.ts';
import type { VersionRecord } from '../../registry/records.ts';
import type { Registry } from '../../registry/registry.ts';
import { releaseAssets, textOf, type ReleaseAsset } from '../../registry/release-assets.ts';
import { code, table } from '../../report/markdown.ts';
import { bytes } from '../../report/text.ts';
import type { Asset, Made, Ports, Release } from '../../runner/ports.ts';

/** https://docs.github.com/repositories/releasing-projects-on-github/about-releases */
const MAX_ASSETS = 1000;
const MAX_ASSET_BYTES = 2 * 1024 ** 3;

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
  checkFits(record);
  const { model, version, source } = record;
  const byName = new Map(files.map((file) => [file.name, file]));
  const contentOf = async ({ label, digest, holds }: ReleaseAsset): Promise<Content> => {
    if (holds === 'record') return inMemory(textOf(record));
    if (holds !== 'file') {
      return inMemory(await registry.store.getBytes(digest, 2 * MAX_MANIFEST_BYTES));
    }
    const file = byName.get(label);
    if (file === undefined) throw new Error(`${label} was not registered from here`);
    return { size: file.size, open: () => createReadStream(file.absolute) };
  };
  return {
    tag: source.tag,
    title: `${model} ${version}`,
    notes: notesOf(record),
    prerelease: version.includes('-'),
    assets: await Promise.all(
      releaseAssets(record).map(async (asset) => ({ ...asset, ...(await contentOf(asset)) })),
    ),
  };
}

type Content = Pick<Asset, 'size' | 'open'>;

function inMemory(content: Buffer): Content {
  return { size: content.length, open: () => Readable.from([content]) };
}

/** @throws UserError for a version that GitHub would refuse after half of it was uploaded. */
export function checkFits(record: VersionRecord): void {
  const elsewhere = {
    hint: 'Publish it in an OCI registry: registry.store: oci://host/repository.',
  };
  const large = record.files.find(({ size }) => size >= MAX_ASSET_BYTES);
  if (large) {
    const what = `${large.name} has ${bytes(large.size)}`;
    throw new UserError(`${what}, and GitHub takes files below 2 GiB beside a release`, elsewhere);
  }
  const count = releaseAssets(record).length;
  if (count > MAX_ASSETS) {
    const what = `the version has ${count} files with its documents`;
    throw new UserError(`${what}, and GitHub takes ${MAX_ASSETS} beside a release`, elsewhere);
  }
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
