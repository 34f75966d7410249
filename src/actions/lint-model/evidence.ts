import { toJson, type LintReport } from '../../lint/report.ts';
import type { ModelFile } from '../../project/models.ts';
import { writeEvidence } from '../../registry/evidence.ts';
import { snapshotOf } from '../../registry/manifest.ts';

/** A declared model that is there, with its files. */
export interface Present {
  readonly name: string;
  readonly files: readonly ModelFile[];
}

/** Writes what was found in these models, bound to their bytes; the path in the workspace. */
export async function bindEvidence(
  report: LintReport,
  models: readonly Present[],
  { workspace, folder }: { readonly workspace: string; readonly folder: string },
): Promise<string> {
  const bound = [];
  for (const { name, files } of models)
    bound.push({ name, digest: (await snapshotOf(files)).digest });
  return writeEvidence(workspace, folder, {
    evidence: 'lint',
    version: 1,
    models: bound,
    passed: report.passed,
    report: toJson(report),
  });
}
