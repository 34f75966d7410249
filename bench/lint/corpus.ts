/** A labelled corpus of model files: a folder, and a manifest that says what each should be. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** What a linter says of a file: nothing, a warning or an error (or that it cannot be read). */
export const OUTCOMES = ['ok', 'warn', 'reject'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const entry = z.object({
  path: z.string(),
  /** The folder to lint instead of the file. */
  root: z.string().optional(),
  format: z.string(),
  category: z.string(),
  expect: z.enum(OUTCOMES),
  accept: z.array(z.enum(OUTCOMES)),
  /** core: no reasonable linter differs; hard: evasions; policy: conventions; debatable: any. */
  tier: z.enum(['core', 'hard', 'policy', 'debatable']),
  why: z.string(),
});

export type Entry = z.infer<typeof entry>;

export interface Corpus {
  readonly folder: string;
  readonly entries: readonly Entry[];
}

export async function readCorpus(folder: string, manifest: string): Promise<Corpus> {
  const text = await readFile(manifest, 'utf8');
  const { entries } = z.object({ entries: z.array(entry) }).parse(JSON.parse(text));
  return { folder: path.resolve(folder), entries };
}

/** The path to give to a linter. */
export function pathOf({ folder }: Corpus, { path: file, root }: Entry): string {
  return path.join(folder, root ?? file);
}
