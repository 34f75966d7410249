import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { IGNORED_PATHS, type ModelFile } from '../project/models.ts';
import { encodedOf, isDigest, type Digest } from '../store/digest.ts';
import { hashAll } from './hashing.ts';

export interface SnapshotFile {
  /** Relative to the model's folder, forward slashes. */
  readonly name: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** An immutable set of files; `digest` is its id. */
export interface Snapshot {
  readonly digest: Digest;
  /** In the order of the manifest. */
  readonly files: readonly SnapshotFile[];
}

/**
 * Hashes the files of a model.
 * @throws UserError where a file changes meanwhile.
 */
export async function snapshotOf(
  files: readonly ModelFile[],
  onProgress?: (hashedBytes: number) => void,
  hashing = hashAll,
): Promise<Snapshot> {
  let bytes = 0;
  const hashed = await hashing.hash(files, ({ size }) => onProgress?.((bytes += size)));
  return sealed(hashed.map(({ name, digest, size }) => ({ name, digest, size })));
}

/** The snapshot of files whose digests are known. */
export function sealed(files: readonly SnapshotFile[]): Snapshot {
  const sorted = files.toSorted((a, b) => compareNames(a.name, b.name));
  return { digest: rootDigest(sorted), files: sorted };
}

/**
 * OMS v1.0: sha256 over the raw digests, in the order of the manifest. It does not cover names,
 * so two sets of files are the same only where their manifests are.
 */
export function rootDigest(files: readonly SnapshotFile[]): Digest {
  const hash = createHash('sha256');
  for (const { digest } of files) hash.update(Buffer.from(encodedOf(digest), 'hex'));
  return `sha256:${hash.digest('hex')}`;
}

/**
 * The order of the reference implementation, which sorts Python paths: part by part, each by code
 * points. As plain strings `a.bin` stands before `a/b`, here after it.
 */
export function compareNames(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let part = 0; part < left.length && part < right.length; part++) {
    const order = Buffer.compare(Buffer.from(left[part] ?? ''), Buffer.from(right[part] ?? ''));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://model_signing/signature/v1.0';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.object({
  _type: z.literal(STATEMENT),
  subject: z.tuple([z.object({ name: z.string(), digest: z.object({ sha256: hex }) })]),
  predicateType: z.literal(PREDICATE),
  predicate: z.object({
    serialization: z.object({
      method: z.literal('files'),
      hash_type: z.literal('sha256'),
      allow_symlinks: z.boolean(),
      ignore_paths: z.array(z.string()).optional(),
    }),
    resources: z.array(z.object({ name: z.string(), algorithm: z.literal('sha256'), digest: hex })),
  }),
});

/**
 * The manifest of a snapshot: an OpenSSF Model Signing v1.0 in-toto statement. The same files of
 * the same model give the same bytes.
 */
export function manifestText(model: string, snapshot: Snapshot): string {
  const statement: z.infer<typeof manifestSchema> = {
    _type: STATEMENT,
    subject: [{ name: model, digest: { sha256: encodedOf(snapshot.digest) } }],
    predicateType: PREDICATE,
    predicate: {
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: [...IGNORED_PATHS],
      },
      resources: snapshot.files.map(({ name, digest }) => ({
        name,
        algorithm: 'sha256',
        digest: encodedOf(digest),
      })),
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}

export interface Manifest {
  readonly model: string;
  readonly digest: Digest;
  readonly files: readonly { readonly name: string; readonly digest: Digest }[];
}

/**
 * Reads a manifest, ours or another tool's.
 * @throws UserError where it is not OMS v1.0 over files, names a path outside the model, or its
 * root digest is not that of its files.
 */
export function parseManifest(text: string): Manifest {
  const { subject, predicate } = parseStatement(text);
  const files = predicate.resources.map(({ name, digest }) => ({
    name: safeName(name),
    digest: digestOf(digest),
    size: 0,
  }));
  const digest = digestOf(subject[0].digest.sha256);
  if (new Set(files.map(({ name }) => name)).size !== files.length) {
    throw broken('it names a file twice');
  }
  if (rootDigest(files) !== digest) throw broken('its root digest is not that of its files');
  return { model: subject[0].name, digest, files };
}

function parseStatement(text: string): z.infer<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw broken('it is not an OMS v1.0 statement over files', cause);
  }
}

function digestOf(digits: string): Digest {
  const digest = `sha256:${digits}`;
  if (isDigest(digest)) return digest;
  throw broken(`'${digits}' is not a sha256`);
}

/** @throws UserError for a name that would lead out of the folder that it is fetched into. */
export function safeName(name: string): string {
  const parts = name.split('/');
  const safe = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !/[\\\p{Cc}]/u.test(part),
  );
  if (safe && !/^[A-Za-z]:/.test(name)) return name;
  throw broken(`'${name}' is not a path below the model's folder`);
}

function broken(why: string, cause?: unknown): UserError {
  return new UserError(`the manifest cannot be used: ${why}`, {
    hint: 'Register the version again, or ask whoever made the manifest.',
    cause,
  });
}
