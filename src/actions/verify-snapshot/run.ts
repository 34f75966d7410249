import { homedir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { readPolicy } from '../../project/policy.ts';
import { replaceFolder } from '../../registry/deploy.ts';
import type { Difference } from '../../registry/fetch.ts';
import type { Git } from '../../registry/git.ts';
import { openLedger, openStore } from '../../registry/registry.ts';
import { openRelease } from '../../registry/release-reader.ts';
import { resolve } from '../../registry/resolve.ts';
import { verifierOf } from '../../registry/signature/policy.ts';
import { checkVersion } from '../../registry/verified-copy.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import { storeOf } from '../store.ts';
import { alert } from './alert.ts';
import type { inputs as specs } from './inputs.ts';
import { report } from './report.ts';
import type { VerifyResult } from './result.ts';

export async function run(inputs: InputValues<typeof specs>, ports: Ports): Promise<VerifyResult> {
  const result = await verify(inputs, ports);
  if (result.verdict === 'refused') {
    const targets = { issue: inputs['alert-issue'], webhook: inputs['alert-webhook'] };
    await alert(result, report(result).summary, targets, ports);
  }
  return result;
}

async function verify(
  inputs: InputValues<typeof specs>,
  { workspace, event, log, releases }: Ports,
): Promise<VerifyResult> {
  const policy = await readPolicy(workspace);
  const options = { workspace, policy: policy.registry, actor: event.actor };
  const store =
    inputs.source === 'store' ? openStore({ ...options, ...storeOf(inputs) }) : undefined;
  const ledger = await openLedger(options);
  const record = await resolve(ledger, inputs.version);
  const source = store ?? (await openRelease(releases, record));
  const version = `${record.model}@${record.version}`;
  const resolved = inputs.version === version ? '' : `${inputs.version} is ${version}. `;
  log.info(`${resolved}It was registered as ${record.digest}.`);
  const verifier = await verifierOf(policy.registry, workspace, inputs['public-key']);
  const found = { source, record, verifier };
  if (inputs.output === undefined) {
    const differences = await checkVersion(found);
    return { verdict: verdictOf(differences), record, differences, path: undefined };
  }
  const output = await outputFolder(ledger.git, inputs.output);
  let differences: readonly Difference[] = [];
  await replaceFolder(output, async (folder) => {
    differences = await checkVersion(found, folder);
    return differences.length === 0;
  });
  const verdict = verdictOf(differences);
  return { verdict, record, differences, path: verdict === 'verified' ? output : undefined };
}

function verdictOf(differences: readonly Difference[]): VerifyResult['verdict'] {
  return differences.length === 0 ? 'verified' : 'refused';
}

/**
 * What is in the folder is replaced, so it must be nobody else's.
 * @throws UserError for the repository, files of it, the home folder, and whatever holds these.
 */
async function outputFolder(git: Git, given: string): Promise<string> {
  const output = path.resolve(git.folder, given);
  for (const precious of [git.folder, homedir()]) {
    if (!isBelow(output, precious)) continue;
    throw new UserError(`the output ${given} would replace ${precious}`, ownFolder);
  }
  if (isBelow(path.join(git.folder, '.git'), output)) {
    throw new UserError(`the output ${given} is Git's own folder`, ownFolder);
  }
  if (!isBelow(git.folder, output)) return output;
  const tracked = await git.text(['ls-files', '--', output], { environment: literal });
  if (tracked === '') return output;
  throw new UserError(`files in ${given} belong to the repository`, ownFolder);
}

const ownFolder = { hint: 'Name a folder of its own, such as deployed/digits.' };
const literal = { GIT_LITERAL_PATHSPECS: '1' };

/** Whether `inner` is `outer` or lies in it. */
function isBelow(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
