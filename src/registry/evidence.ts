import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import type { Digest } from '../store/digest.ts';

export const EVIDENCE_KINDS = ['lint', 'training', 'evaluation'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** Where evidence is kept unless an input says otherwise, relative to the workspace. */
export const REPORT_FOLDER = '.model-ci/reports';

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
