import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { readLockYaml } from './lock-reader.ts';
import { lockYaml } from './lock-text.ts';
import { replaceFile } from './replace-file.ts';
import type { Params } from './params.ts';
import type { Value } from './value.ts';
import { readYaml } from './yaml.ts';

export const LOCK_FILE = 'dvc.lock';
const SCHEMA = '2.0';

/** A file or folder as the lock records it; a folder's md5 ends in `.dir`. */
export interface LockedPath {
  readonly path: string;
  readonly md5: string;
  /** In bytes. */
  readonly size?: number | undefined;
  /** Of a folder. */
  readonly files?: number | undefined;
  readonly executable?: boolean | undefined;
}

/** A stage as it last ran. */
export interface LockedStage {
  readonly command: string | readonly string[];
  readonly deps: readonly LockedPath[];
  /** File -> dotted key -> value. */
  readonly params: ReadonlyMap<string, Params>;
  readonly outs: readonly LockedPath[];
}

export type Lock = ReadonlyMap<string, LockedStage>;

/** Mappings are read as Map, for the order of their keys; the lock's own are records. */
function record<T>(schema: z.ZodType<T>) {
  return z.preprocess((v) => (v instanceof Map ? (Object.fromEntries(v) as unknown) : v), schema);
}

const count = z.bigint().transform(Number).optional();

const lockedPath = record(
  z.looseObject({
    path: z.string(),
    // DVC 2 wrote no `hash` and hashed text with its line ends changed: such an entry never matches.
    hash: z.string().optional(),
    md5: z.string().optional(),
    size: count,
    nfiles: count,
    isexec: z.boolean().optional(),
  }),
);

const params = z.map(z.string(), z.unknown()) as z.ZodType<ReadonlyMap<string, Value>>;

const lockedStage = record(
  z.looseObject({
    cmd: z.union([z.string(), z.array(z.string())]),
    deps: z.array(lockedPath).default([]),
    params: z.map(z.string(), params.nullable()).default(new Map()),
    outs: z.array(lockedPath).default([]),
  }),
);

const lockSchema = record(
  z.looseObject({ schema: z.string(), stages: z.map(z.string(), lockedStage).nullish() }),
);

/**
 * Reads `dvc.lock`, DVC's schema 2.0; empty where there is none.
 * @throws UserError where it is broken, or of a schema that is not known here.
 */
export async function readLock(workspace: string): Promise<Lock> {
  const text = await readFile(path.join(workspace, LOCK_FILE), 'utf8').catch(() => '');
  const value =
    readLockYaml(text) ?? (await readYaml(workspace, LOCK_FILE, { exact: true }))?.value;
  if (value === undefined || value === null) return new Map();
  const parsed = lockSchema.safeParse(value);
  const place = { file: LOCK_FILE };
  if (!parsed.success) {
    throw new UserError(`${LOCK_FILE} is not a lock: ${z.prettifyError(parsed.error)}`, {
      hint: 'Restore it from Git, or delete it: every stage then runs again.',
      place,
    });
  }
  if (parsed.data.schema !== SCHEMA) {
    throw new UserError(`${LOCK_FILE} has schema ${parsed.data.schema}; known here is ${SCHEMA}`, {
      hint: 'It was written by another version of DVC: use a model-ci that knows it.',
      place,
    });
  }
  return new Map(Array.from(parsed.data.stages ?? [], ([name, stage]) => [name, readStage(stage)]));
}

/** A stage out of an entry that was read exactly; undefined where it is none. */
export function readStageEntry(value: unknown): LockedStage | undefined {
  const parsed = lockedStage.safeParse(value);
  return parsed.success ? readStage(parsed.data) : undefined;
}

/** Undefined where it is none. */
export function readPathEntry(value: unknown): LockedPath | undefined {
  const parsed = lockedPath.safeParse(value);
  return parsed.success ? readPath(parsed.data) : undefined;
}

function readStage(stage: z.infer<typeof lockedStage>): LockedStage {
  return {
    command: stage.cmd,
    deps: stage.deps.map(readPath),
    params: new Map(
      Array.from(stage.params, ([file, values]) => [file, values ?? new Map<string, Value>()]),
    ),
    outs: stage.outs.map(readPath),
  };
}

function readPath(entry: z.infer<typeof lockedPath>): LockedPath {
  return {
    path: entry.path,
    md5: entry.hash === 'md5' ? (entry.md5 ?? '') : '',
    size: entry.size,
    files: entry.nfiles,
    executable: entry.isexec,
  };
}

/** Replaces the lock in one step. */
export async function writeLock(workspace: string, lock: Lock): Promise<void> {
  await replaceFile(path.join(workspace, LOCK_FILE), lockText(lock), { flush: true });
}

/** The text that DVC would write. */
export function lockText(lock: Lock): string {
  const stages = new Map(Array.from(lock, ([name, stage]) => [name, stageEntry(stage)]));
  return lockYaml({ schema: SCHEMA, stages });
}

/** A stage as the lock holds it, in DVC's order of keys. */
export function stageEntry(stage: LockedStage): object {
  return {
    cmd: stage.command,
    ...(stage.deps.length > 0 && { deps: stage.deps.map(pathEntry) }),
    ...(stage.params.size > 0 && { params: stage.params }),
    ...(stage.outs.length > 0 && { outs: stage.outs.map(pathEntry) }),
  };
}

/** A path as the lock and `.dvc` files hold it, in DVC's order of keys. */
export function pathEntry({ path: file, md5, size, files, executable }: LockedPath): object {
  return {
    path: file,
    hash: 'md5',
    md5,
    ...(size !== undefined && { size: BigInt(size) }),
    ...(files !== undefined && { nfiles: BigInt(files) }),
    ...(executable && { isexec: true }),
  };
}
