import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { codeOf, UserError } from '../errors.ts';
import { isDigest, type Digest } from '../store/digest.ts';

export const EVIDENCE_KINDS = ['lint', 'training', 'evaluation'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** Where evidence is kept unless an input says otherwise, relative to the workspace. */
export const REPORT_FOLDER = '.model-ci/reports';

/** A report with every finding of a large repository stays far below. */
const MAX_BYTES = 64 * 1024 * 1024;

const evidenceSchema = z.object({
  evidence: z.enum(EVIDENCE_KINDS),
  version: z.literal(1),
  models: z.array(
    z.object({
      name: z.string(),
      digest: z.custom<Digest>((given) => typeof given === 'string' && isDigest(given)),
    }),
  ),
  passed: z.boolean(),
  report: z.unknown().optional(),
});

/** What a check found, and of which bytes it speaks. */
export interface Evidence {
  readonly evidence: EvidenceKind;
  readonly version: 1;
  /** `digest` is that of the model's snapshot. */
  readonly models: readonly { readonly name: string; readonly digest: Digest }[];
  readonly passed: boolean;
  /** The check's own report, as JSON. */
  readonly report?: unknown;
}

/** Writes `<reportDirectory>/<kind>.json` and returns its path, relative to the workspace. */
export async function writeEvidence(
  workspace: string,
  reportDirectory: string,
  evidence: Evidence,
): Promise<string> {
  const folder = path.resolve(workspace, reportDirectory);
  await mkdir(folder, { recursive: true });
  await ignoreByGit(workspace, folder);
  const file = path.join(folder, `${evidence.evidence}.json`);
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(evidence, null, 2)}\n`);
  await rename(temporary, file);
  return path.relative(workspace, file).split(path.sep).join('/');
}

/** Reports belong to one checkout: `.model-ci` keeps itself out of commits. */
async function ignoreByGit(workspace: string, folder: string): Promise<void> {
  const own = path.join(workspace, '.model-ci');
  if (folder !== own && !folder.startsWith(own + path.sep)) return;
  try {
    await writeFile(path.join(own, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
  }
}

/**
 * Reads a file of evidence; undefined where there is none.
 * @throws UserError where it is not evidence.
 */
export async function readEvidence(
  workspace: string,
  file: string,
): Promise<{ readonly evidence: Evidence; readonly bytes: Buffer } | undefined> {
  const absolute = path.resolve(workspace, file);
  try {
    const { size } = await stat(absolute);
    if (size > MAX_BYTES) throw notEvidence(file, `${size} bytes are more than any report has`);
    const bytes = await readFile(absolute);
    const parsed = evidenceSchema.safeParse(JSON.parse(bytes.toString('utf8')));
    if (parsed.success) return { evidence: parsed.data, bytes };
    throw notEvidence(file, z.prettifyError(parsed.error));
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof SyntaxError) throw notEvidence(file, thrown.message);
    throw thrown;
  }
}

function notEvidence(file: string, why: string): UserError {
  return new UserError(`${file} is not evidence: ${why}`, {
    hint: 'Hand over the file that lint-model, train or evaluate names in its output evidence.',
    place: { file },
  });
}
