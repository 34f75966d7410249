import { UserError } from '../errors.ts';
import type { LedgerState } from './ledger-state.ts';
import type { Ledger } from './ledger.ts';
import type { VersionRecord } from './records.ts';
import { parseReference, type Reference } from './tag.ts';

/**
 * The version that `reference` names: `name@v1.2.0`, `name#production`, `name` (the latest by
 * semantic versioning) or `sha256:...`. The ledger is asked at the remote.
 * @throws UserError where it names nothing, with what there is.
 */
export async function resolve(ledger: Ledger, reference: string): Promise<VersionRecord> {
  const parsed = parseReference(reference);
  return resolveIn(await ledger.state(), parsed, reference);
}

/** The same in a state that was read before. */
export async function resolveIn(
  state: LedgerState,
  parsed: Reference,
  text: string,
): Promise<VersionRecord> {
  if (parsed.by === 'digest') {
    const found = (await state.versions()).filter(({ digest }) => digest === parsed.digest);
    return found.at(-1) ?? unknown(text, 'No version in the ledger has this snapshot.');
  }
  const model = parsed.model ?? onlyModel(state, text);
  const versions = await state.versions(model);
  if (versions.length === 0) {
    const names = state.models().join(', ') || 'none';
    return unknown(text, `Models with a version: ${names}.`);
  }
  if (parsed.by === 'environment') return inEnvironment(state, model, parsed.environment, text);
  if (parsed.by === 'version') {
    const found = versions.find(({ version }) => version === parsed.version);
    return found ?? unknown(text, `Versions of ${model}: ${listed(versions)}.`);
  }
  const lifecycle = await state.lifecycle(model);
  const offered = versions.filter(({ version }) => !lifecycle.isDeprecated(version));
  return offered.at(-1) ?? unknown(text, `Every version of ${model} is deprecated.`);
}

async function inEnvironment(
  state: LedgerState,
  model: string,
  environment: string,
  text: string,
): Promise<VersionRecord> {
  const environments = (await state.lifecycle(model)).environments();
  const assigned = environments.get(environment);
  if (!assigned) {
    const names = [...environments.keys()].join(', ') || 'none';
    return unknown(text, `Environments of ${model} with a version: ${names}.`);
  }
  const record = await state.version(model, assigned.version);
  return record ?? unknown(text, `${model}@${assigned.version} is not in the ledger.`);
}

function onlyModel(state: LedgerState, text: string): string {
  const models = state.models();
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  return unknown(text, `Put the model before it: ${models.join(', ') || 'there is none yet'}.`);
}

function listed(versions: readonly VersionRecord[]): string {
  const names = versions.map(({ version }) => version);
  return names.length > 10 ? `... ${names.slice(-10).join(', ')}` : names.join(', ');
}

function unknown(text: string, hint: string): never {
  throw new UserError(`'${text}' is not registered`, { hint });
}
