import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { messageOf, UserError } from '../../errors.ts';
import { evaluationReport } from '../../evaluation/report/json-schema.ts';
import type { ReportedEvaluation } from '../../evaluation/report/unverified.ts';
import { memorySource } from '../../formats/source.ts';
import { rawMember, readZip, type ZipArchive, type ZipMember } from '../../formats/zip/archive.ts';

/** Markdown, HTML and JSON of a large evaluation have a few MiB. */
export const MAX_ARTIFACT_BYTES = 32 * 1024 * 1024;

/** Slices and classes by the thousand; what a zip may unpack to has no other bound. */
const MAX_REPORT_BYTES = 32 * 1024 * 1024;

const FILE = 'evaluation.json';
const STORED = 0;
const DEFLATED = 8;

const evidenceSchema = z.object({ evidence: z.literal('evaluation'), report: evaluationReport });

/**
 * The evaluation in an artifact, of which nothing is believed: the zip is read in memory, one
 * member of it, up to a limit, and only what has the form of a report passes.
 * @throws UserError that says what is wrong with it.
 */
export function reportedEvaluation(zip: Uint8Array): ReportedEvaluation {
  const archive = readZip(memorySource(zip));
  const members = archive.members.filter(({ name }) => name === FILE);
  const [member] = members;
  if (!member || members.length > 1) throw invalid(`it has ${members.length} of ${FILE}`);
  const checked = evidenceSchema.safeParse(parsed(unpacked(archive, member)));
  if (checked.success) return checked.data.report;
  throw invalid(`${FILE} is no report: ${z.prettifyError(checked.error).slice(0, 500)}`);
}

function unpacked(archive: ZipArchive, member: ZipMember): Uint8Array {
  const raw = rawMember(archive, member);
  if (!raw || archive.problems.length > 0) {
    throw invalid(archive.problems[0]?.message ?? `${FILE} is not there`);
  }
  const bytes = raw.view(0, raw.size);
  if (member.method === STORED) return bytes;
  if (member.method !== DEFLATED) throw invalid(`${FILE} is packed by method ${member.method}`);
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_REPORT_BYTES });
  } catch (thrown) {
    throw invalid(`${FILE} cannot be unpacked: ${messageOf(thrown)}`);
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    throw invalid(`${FILE} is no JSON: ${messageOf(thrown)}`);
  }
}

function invalid(what: string): UserError {
  return new UserError(`the fork's artifact is not an evaluation: ${what}`, {
    hint: 'Nothing was posted. Both workflows need the same version of model-ci; otherwise look at the run of the fork before you trust it.',
  });
}
