import path from 'node:path';
import { UserError } from '../../errors.ts';
import { readPolicy } from '../../project/policy.ts';
import { replaceFolder } from '../../registry/deploy.ts';
import { checkSnapshot, fetchSnapshot, type Difference } from '../../registry/fetch.ts';
import type { VersionRecord } from '../../registry/records.ts';
import { openRegistry } from '../../registry/registry.ts';
import { resolve } from '../../registry/resolve.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';

export interface VerifyResult {
  readonly verdict: 'verified' | 'refused';
  readonly record: VersionRecord;
  readonly differences: readonly Difference[];
  /** Where the files are now, absolute; undefined where none were put anywhere. */
  readonly path: string | undefined;
}

export async function run(
  inputs: InputValues<typeof specs>,
  { workspace, temporary, event, log }: Ports,
): Promise<VerifyResult> {
  const policy = await readPolicy(workspace);
  const registry = await openRegistry({
    workspace,
    policy: policy.registry,
    store: inputs.store,
    temporary,
    actor: event.actor,
  });
  const record = await resolve(registry, inputs.version);
  log.info(`${inputs.version} is ${record.model}@${record.version}, ${record.digest}`);
  if (inputs.output === undefined) {
    const differences = await checkSnapshot(registry, record);
    return { verdict: verdictOf(differences), record, differences, path: undefined };
  }
  const output = outputFolder(workspace, inputs.output);
  let differences: readonly Difference[] = [];
  await replaceFolder(output, async (folder) => {
    differences = await fetchSnapshot(registry, record, folder);
    return differences.length === 0;
  });
  const verdict = verdictOf(differences);
  return { verdict, record, differences, path: verdict === 'verified' ? output : undefined };
}

function verdictOf(differences: readonly Difference[]): VerifyResult['verdict'] {
  return differences.length === 0 ? 'verified' : 'refused';
}

/** What is in the folder is replaced, so it must not be the repository itself or a parent of it. */
function outputFolder(workspace: string, given: string): string {
  const output = path.resolve(workspace, given);
  if (workspace !== output && !workspace.startsWith(output + path.sep)) return output;
  throw new UserError(`the output ${given} would replace the repository`, {
    hint: 'Name a folder of its own, such as deployed/digits.',
  });
}
