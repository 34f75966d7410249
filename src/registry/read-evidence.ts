import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { codeOf, UserError } from '../errors.ts';
import { isDigest, type Digest } from '../store/digest.ts';
import { EVIDENCE_KINDS, type Evidence } from './evidence.ts';

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
