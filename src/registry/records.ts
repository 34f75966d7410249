import { z } from 'zod';
import { EnvironmentError } from '../errors.ts';
import { hashBytes } from '../store/hash.ts';
import { isDigest, type Digest } from '../store/digest.ts';
import { EVIDENCE_KINDS } from './evidence.ts';

const digest = z.custom<Digest>((given) => typeof given === 'string' && isDigest(given));
const file = z.strictObject({ name: z.string(), digest, size: z.number().int().nonnegative() });

/** `models/<name>/versions/<version>.json`: what a version is, for ever. */
export const versionSchema = z.strictObject({
  schema: z.literal(1),
  model: z.string(),
  version: z.string(),
  /** The snapshot: the root digest of the manifest. */
  digest,
  /** The manifest's own bytes in the store: this binds the names of the files as well. */
  manifest: digest,
  /** A Sigstore bundle over the manifest. */
  signature: digest.optional(),
  files: z.array(file),
  source: z.strictObject({
    repository: z.string(),
    commit: z.string(),
    tag: z.string(),
  }),
  evidence: z.array(z.strictObject({ kind: z.enum(EVIDENCE_KINDS), digest })),
  /** dvc.yaml, dvc.lock and params.yaml of that commit, where there are any. */
  pipeline: z.array(file),
  registered: z.strictObject({ at: z.iso.datetime(), by: z.string(), run: z.string().optional() }),
});
export type VersionRecord = z.infer<typeof versionSchema>;

const eventSchema = z.strictObject({
  action: z.enum(['assign', 'unassign', 'deprecate', 'retire']),
  /** Of assign and unassign. */
  environment: z.string().optional(),
  /** Of all but retire, which speaks of the whole model. */
  version: z.string().optional(),
  tag: z.string(),
  counter: z.number().int().nonnegative().optional(),
  commit: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
  /** Reviewers of GitHub's environment, where the policy asked for them. */
  approvedBy: z.array(z.string()).optional(),
  run: z.string().optional(),
});
export type ModelEvent = z.infer<typeof eventSchema>;

/** `models/<name>/events.json`: what happened to versions after they were registered, in order. */
const eventsSchema = z.strictObject({ schema: z.literal(1), events: z.array(eventSchema) });

/** One line of `audit/<year>-<month>.jsonl`. */
const auditSchema = z.strictObject({
  time: z.iso.datetime(),
  user: z.string(),
  action: z.enum(['register', 'assign', 'unassign', 'deprecate', 'retire', 'prune']),
  /** `name@version`, `name#environment`. */
  resource: z.string(),
  result: z.enum(['ok', 'conflict', 'refused']),
  /** The snapshot that was acted on, and the reason of a refusal. */
  digest: digest.optional(),
  reason: z.string().optional(),
  approvedBy: z.array(z.string()).optional(),
  run: z.string().optional(),
  /** The digest of the line before; null in the very first. */
  previous: digest.nullable(),
});
export type AuditLine = z.infer<typeof auditSchema>;

export const versionPath = (model: string, version: string): string =>
  `models/${model}/versions/${version}.json`;
export const eventsPath = (model: string): string => `models/${model}/events.json`;
const VERSION_PATH = /^models\/(?<model>.+)\/versions\/(?<version>[^/]+)\.json$/;

/** The model and version whose record stands at `path`; undefined for any other path. */
export function versionAt(
  path: string,
): { readonly model: string; readonly version: string } | undefined {
  const groups = VERSION_PATH.exec(path)?.groups;
  return groups?.model !== undefined && groups.version !== undefined
    ? { model: groups.model, version: groups.version }
    : undefined;
}

export const readVersionRecord = (text: string, path: string): VersionRecord =>
  read(versionSchema, text, path);
export const readEvents = (text: string | undefined, path: string): readonly ModelEvent[] =>
  text === undefined ? [] : read(eventsSchema, text, path).events;
export const readAuditLine = (text: string, path: string): AuditLine =>
  read(auditSchema, text, path);

export const recordText = (record: VersionRecord): string => json(record);
export const eventsText = (events: readonly ModelEvent[]): string => json({ schema: 1, events });

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Every digest that a version needs to stay whole. */
export function digestsOf(record: VersionRecord): readonly Digest[] {
  return [
    record.manifest,
    ...(record.signature === undefined ? [] : [record.signature]),
    ...record.files.map((part) => part.digest),
    ...record.pipeline.map((part) => part.digest),
    ...record.evidence.map((part) => part.digest),
  ];
}

/** The digest that the next line carries as `previous`. */
export function auditDigest(line: string): Digest {
  return hashBytes(line);
}

function read<T>(schema: z.ZodType<T>, text: string, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EnvironmentError(`the ledger's ${path} cannot be read`, {
      hint: 'Somebody edited the ledger by hand, or a newer model-ci wrote it: git log of that branch tells who.',
      cause,
    });
  }
}
