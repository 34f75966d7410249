import { mkdtemp, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../../errors.ts';
import type { Model } from '../../project/models.ts';
import type { Policy } from '../../project/policy.ts';
import type { VersionRecord } from '../../registry/records.ts';
import { openRegistry, type Registry, type StoreChoice } from '../../registry/registry.ts';
import { resolve } from '../../registry/resolve.ts';
import { copyVerified } from '../../registry/verified-copy.ts';
import type { Ports } from '../../runner/ports.ts';
import { locate, type Located } from './candidate.ts';
import { restoreBaseline } from './recorded-baseline.ts';

export interface BaselineChoice {
  /** Undefined where there is nothing to compare with. */
  readonly located: Located | undefined;
  /** Why this one, or why none, as a sentence. */
  readonly reason: string;
}

export interface BaselineRequest extends StoreChoice {
  readonly model: Model;
  readonly policy: Policy;
  /** `auto`, `none`, a path, or a reference of the registry. */
  readonly wanted: string;
  /** The candidate's, so that `auto` does not compare a model with itself. */
  readonly digest: string;
  readonly ports: Ports;
}

/**
 * Finds what the candidate is compared with.
 * @throws UserError where something was asked for by name and is not there, and where a registered
 * version is not what was registered or not signed as the policy asks.
 */
export async function chooseBaseline(request: BaselineRequest): Promise<BaselineChoice> {
  const { wanted } = request;
  if (wanted === 'none') {
    return { located: undefined, reason: 'There is no baseline because none was asked for.' };
  }
  if (wanted === 'auto') return automatic(request);
  const located = (await atPath(request)) ?? (await registered(request));
  const found = located.subject.name === wanted ? 'as asked for' : `found as ${wanted}`;
  return { located, reason: `The baseline is ${located.subject.name}, ${found}.` };
}

/** A file or a folder, in the repository or outside. */
async function atPath({ wanted, model, ports }: BaselineRequest): Promise<Located | undefined> {
  const absolute = path.resolve(ports.workspace, wanted);
  const found = await stat(absolute).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return undefined;
    throw thrown;
  });
  if (!found) return undefined;
  const copy = { ...model, path: path.basename(absolute), files: undefined };
  // A lone file is what was meant, whatever the policy calls the candidate's.
  const evaluation = model.evaluation && { ...model.evaluation, file: undefined };
  const meant = found.isFile() ? { ...copy, evaluation } : copy;
  return locate(path.dirname(absolute), meant, wanted);
}

/** The last accepted model of the default branch, else the latest registered version. */
async function automatic(request: BaselineRequest): Promise<BaselineChoice> {
  const { model, policy, ports, digest } = request;
  const recorded = await restoreBaseline(model, ports);
  if (recorded && recorded.located.snapshot.digest !== digest) {
    const reason = `The baseline is the last accepted model of the default branch (commit ${recorded.commit.slice(0, 7)}).`;
    return { located: recorded.located, reason };
  }
  if (request.store === undefined && policy.registry.store === undefined) {
    return recorded ? unchanged(recorded.located) : none('no store is configured to look further');
  }
  const registry = await open(request);
  const versions = await (await registry.ledger.state()).versions(model.name);
  if (versions.length > 0) {
    const record = await resolve(registry.ledger, model.name);
    const located = await fetchVersion(registry, record, request);
    const why = recorded
      ? 'the default branch has this very model'
      : 'the cache has no accepted model of the default branch';
    return {
      located,
      reason: `The baseline is ${located.subject.name}, the latest registered version, since ${why}.`,
    };
  }
  return recorded ? unchanged(recorded.located) : none('no version is registered');
}

function unchanged(located: Located): BaselineChoice {
  return { located, reason: 'The default branch has this very model; it is compared with itself.' };
}

function none(why: string): BaselineChoice {
  return {
    located: undefined,
    reason: `There is no baseline: the cache has no accepted model of the default branch, and ${why}.`,
  };
}

async function registered(request: BaselineRequest): Promise<Located> {
  const registry = await open(request);
  return fetchVersion(registry, await resolve(registry.ledger, request.wanted), request);
}

function open({ policy, ports, store, credentials }: BaselineRequest): Promise<Registry> {
  return openRegistry({
    workspace: ports.workspace,
    policy: policy.registry,
    store,
    credentials,
    actor: ports.event.actor,
  });
}

/** Fetches into a folder of this job, and holds it against the ledger and the policy on the way. */
async function fetchVersion(
  { store: source }: Registry,
  record: VersionRecord,
  { model, policy, ports: { workspace, temporary } }: BaselineRequest,
): Promise<Located> {
  const folder = await mkdtemp(path.join(temporary, 'model-ci-baseline-'));
  const { registry } = policy;
  await copyVerified({ source, record, folder, workspace, policy: registry, role: 'baseline' });
  const name = `${record.model}@${record.version}`;
  return locate(folder, { ...model, path: '.', files: undefined }, name);
}
