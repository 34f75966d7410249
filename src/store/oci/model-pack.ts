import { hashBytes } from '../hash.ts';
import type { Offer } from '../store.ts';
import { MANIFEST, type Descriptor, type Manifest } from './manifests.ts';

/** https://github.com/modelpack/model-spec: docs/spec.md and specs-go/v1/mediatype.go. */
const ARTIFACT = 'application/vnd.cncf.model.manifest.v1+json';
const CONFIG = 'application/vnd.cncf.model.config.v1+json';
const FILE_PATH = 'org.cncf.model.filepath';
/** What oras names the file by. */
const TITLE = 'org.opencontainers.image.title';

/** Files as they are; nothing is packed, so that a layer's digest is the file's. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)(?:README|LICENSE|NOTICE|CHANGELOG)[^/]*$|\.(?:md|txt|pdf|html)$/i, 'doc.v1'],
  [/\.(?:json|ya?ml|toml|jinja|model|tiktoken)$/i, 'weight.config.v1'],
  [/\.(?:py|js|ts|sh|ipynb)$/i, 'code.v1'],
  [/\.(?:csv|tsv|jsonl|parquet|arrow)$/i, 'dataset.v1'],
];

/** One version as a ModelPack artifact: its manifest, and the configuration that it names. */
export function modelPack(offer: Offer): { readonly manifest: Manifest; readonly config: Buffer } {
  const config = Buffer.from(
    JSON.stringify({
      descriptor: {
        createdAt: offer.created,
        name: offer.model,
        version: offer.version,
        revision: offer.revision,
        sourceURL: offer.source,
      },
      config: {},
      modelfs: { type: 'layers', diffIds: offer.files.map(({ digest }) => digest) },
    }),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: ARTIFACT,
    config: { mediaType: CONFIG, digest: hashBytes(config), size: config.length },
    layers: offer.files.map(layerOf),
    annotations: {
      'org.opencontainers.image.created': offer.created,
      'org.opencontainers.image.revision': offer.revision,
      'org.opencontainers.image.source': offer.source,
      [TITLE]: offer.model,
      'org.opencontainers.image.version': offer.version,
      'model-ci.snapshot': offer.snapshot,
    },
  };
  return { manifest, config };
}

function layerOf({ name, digest, size }: Offer['files'][number]): Descriptor {
  const kind = KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'weight.v1';
  const mediaType = `application/vnd.cncf.model.${kind}.raw`;
  return { mediaType, digest, size, annotations: { [FILE_PATH]: name, [TITLE]: name } };
}
