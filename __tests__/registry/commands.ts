import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import { verifySnapshot } from '../../src/actions/verify-snapshot/use-case.ts';
import { fsck as fsckCommand } from '../../src/cli/fsck/use-case.ts';
import { modelFiles } from '../../src/project/models.ts';
import { writeEvidence, type EvidenceKind } from '../../src/registry/evidence.ts';
import { snapshotOf } from '../../src/registry/manifest.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import type { Digest } from '../../src/store/digest.ts';
import type { Clone } from './clone.ts';

type Options = Readonly<Record<string, string>>;

/** `model-ci register [version]` in a clone. */
export async function register(
  clone: Clone,
  version?: string,
  options: Options = {},
  ports = clone.ports(),
) {
  const given = new Map(Object.entries(options));
  if (version !== undefined) given.set('version', version);
  const inputs = readInputs(registerSnapshot.inputs, given);
  const result = await registerSnapshot.run(inputs, ports);
  return { result, report: registerSnapshot.report(result) };
}

/** `model-ci verify version` in a clone. */
export async function verify(
  clone: Clone,
  version: string,
  options: Options = {},
  ports = clone.ports(),
) {
  const given = new Map(Object.entries({ version, ...options }));
  const inputs = readInputs(verifySnapshot.inputs, given);
  const result = await verifySnapshot.run(inputs, ports);
  return { result, report: verifySnapshot.report(result) };
}

/** `model-ci fsck` in a clone. */
export async function fsck(clone: Clone, options: Options = {}, ports = clone.ports()) {
  const inputs = readInputs(fsckCommand.inputs, new Map(Object.entries(options)));
  const result = await fsckCommand.run(inputs, ports);
  return { result, report: fsckCommand.report(result) };
}

/** The digest of the model as it lies in the clone now. */
export async function digestIn(clone: Clone): Promise<Digest> {
  const model = { name: 'digits', path: 'models/digits', files: undefined, evaluation: undefined };
  return (await snapshotOf(await modelFiles(clone.workspace, model))).digest;
}

/** Writes evidence about the model `digits` into the clone's reports. */
export function evidence(clone: Clone, kind: EvidenceKind, digest: Digest, passed = true) {
  return writeEvidence(clone.workspace, '.model-ci/reports', {
    evidence: kind,
    version: 1,
    models: [{ name: 'digits', digest }],
    passed,
    report: {},
  });
}
