import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { stageEntry } from '../project/lock-file.ts';
import { replaceFile } from '../project/replace-file.ts';
import type { Stage } from '../project/pipeline-file.ts';
import { encodedOf, isDigest, type Digest } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import type { Fingerprint } from './fingerprint.ts';
import { pythonJson } from './python-json.ts';

const RECORD_FILE = 'checkpoint.json';

/** A path that stays below the folder it is joined to. */
const below = z
  .string()
  .refine((name) => !path.posix.isAbsolute(name) && !/(^|\/)\.\.(\/|$)/.test(name));

const schema = z.object({
  version: z.literal(1),
  /** ISO 8601. */
  saved: z.string(),
  /** Whether the stage came to its end after it. */
  finished: z.boolean(),
  /** By name relative to the checkpoint; '' where that is a file. */
  files: z.array(
    z.object({
      name: below,
      digest: z.custom<Digest>((given) => typeof given === 'string' && isDigest(given)),
      executable: z.boolean(),
    }),
  ),
});

/** What is saved of a stage that has not ended: the names of blobs that are all in the store. */
export type CheckpointRecord = z.infer<typeof schema>;

/** The same command on the same inputs goes on from the same checkpoint, on whatever machine. */
export function checkpointKey(stage: Stage, now: Fingerprint, file: string): string {
  const { command, deps, params } = now;
  const entry = stageEntry({ command, deps, params, outs: [] });
  return encodedOf(hashBytes(pythonJson({ stage: stage.name, checkpoint: file, entry })));
}

/** Undefined where there is none, or none that can be read. */
export async function readRecord(folder: string): Promise<CheckpointRecord | undefined> {
  try {
    const text = await readFile(path.join(folder, RECORD_FILE), 'utf8');
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** All or nothing: whoever reads meanwhile finds the one before or this one. */
export async function writeRecord(folder: string, record: CheckpointRecord): Promise<void> {
  await replaceFile(path.join(folder, RECORD_FILE), JSON.stringify(record), { flush: true });
}

export async function removeRecord(folder: string): Promise<void> {
  await rm(path.join(folder, RECORD_FILE), { force: true });
}
