import type { RegistryPolicy } from '../project/policy.ts';
import { promotionRefusals } from './govern.ts';
import type { LedgerState } from './ledger-state.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Proposal } from './ledger.ts';
import {
  digestsOf,
  eventsPath,
  eventsText,
  type ModelEvent,
  type VersionRecord,
} from './records.ts';
import type { Registry } from './registry.ts';
import type { Tag } from './tag.ts';

/** A tag that says something about versions that are there. */
export interface ActionRequest {
  readonly model: string;
  readonly tag: Exclude<Tag, { readonly action: 'register' }>;
  /** What the remote's tag points to; for an environment, the commit of the version. */
  readonly commit: string;
  readonly policy: RegistryPolicy;
  readonly actor: string;
  readonly run: string | undefined;
  /** Whose approval the policy asked for, and got. */
  readonly approvedBy: readonly string[];
  /** Reasons against it that were found before. */
  readonly reasons: readonly string[];
}

export type ActionOutcome = Outcome & {
  /** Writers that were faster. */
  readonly retries: number;
};

type Outcome =
  | {
      readonly status: 'assigned' | 'unassigned' | 'deprecated' | 'retired';
      readonly event: ModelEvent;
      readonly record: VersionRecord | undefined;
      /** Whether an earlier run of the same tag had done it. */
      readonly before: boolean;
      readonly ledgerCommit: string;
    }
  | {
      /** A later tag speaks of the same environment, and stands. */
      readonly status: 'conflict';
      readonly event: ModelEvent;
      readonly standing: ModelEvent;
    }
  | { readonly status: 'refused'; readonly reasons: readonly string[] };

const STATUS = {
  assign: 'assigned',
  unassign: 'unassigned',
  deprecate: 'deprecated',
  retire: 'retired',
} as const;

type Decision =
  | {
      readonly event: ModelEvent;
      readonly record: VersionRecord | undefined;
      readonly before: boolean;
    }
  | { readonly event: ModelEvent; readonly standing: ModelEvent }
  | { readonly reasons: readonly string[] };

/** Does what a tag asks for, or tells why not; either way the audit trail has a line. */
export async function act(registry: Registry, request: ActionRequest): Promise<ActionOutcome> {
  const { result, commit, retries } = await registry.ledger.transact((state) =>
    propose(registry, state, request),
  );
  if ('reasons' in result) return { status: 'refused', reasons: result.reasons, retries };
  if ('standing' in result) return { status: 'conflict', ...result, retries };
  const status = STATUS[result.event.action];
  return { status, ...result, ledgerCommit: commit ?? '', retries };
}

async function propose(
  registry: Registry,
  state: LedgerState,
  request: ActionRequest,
): Promise<Proposal<Decision>> {
  const { model, tag, commit, actor } = request;
  const lifecycle = await state.lifecycle(model);
  const { record, reasons: unfounded } = await targetOf(state, request);
  const known = lifecycle.withTag(tag.text);
  if (known?.commit === commit) {
    return { result: standing(lifecycle, known) ?? { event: known, record, before: true } };
  }
  const reasons = [...request.reasons, ...unfounded];
  if (known) {
    const [was, is] = [known.commit.slice(0, 12), commit.slice(0, 12)];
    reasons.push(
      `the tag ${tag.text} was at ${was} and is at ${is}: a tag that was acted on never moves`,
    );
  }
  if (reasons.length === 0) {
    reasons.push(...(await refusals(registry, request, record, lifecycle)));
  }
  const resource = resourceOf(request, record);
  const entry = {
    user: actor,
    action: actionOf(tag),
    resource,
    ...(record && { digest: record.digest }),
    ...circumstances(request),
  } as const;
  if (reasons.length > 0) {
    const refused = { ...entry, result: 'refused', reason: reasons.join('; ') } as const;
    const message = `Refuse ${tag.text}\n`;
    return { result: { reasons }, write: { changes: [], entry: refused, message } };
  }
  const event: ModelEvent = {
    action: entry.action,
    ...('environment' in tag && { environment: tag.environment }),
    ...(record && { version: record.version }),
    tag: tag.text,
    ...(tag.counter !== undefined && { counter: tag.counter }),
    commit,
    at: registry.ledger.now().toISOString(),
    by: actor,
    ...circumstances(request),
  };
  const events = inserted(lifecycle.events, event);
  const overruled = standing(new Lifecycle(events), event);
  return {
    result: overruled ?? { event, record, before: false },
    write: {
      changes: [{ path: eventsPath(model), text: eventsText(events) }],
      entry: { ...entry, result: overruled ? 'conflict' : 'ok' },
      message: `${verb(entry.action)} ${resource}\n\nTag: ${tag.text}\nCommit: ${commit}\n`,
    },
  };
}

/** What an entry of the ledger says only where it is so. */
function circumstances({ run, approvedBy }: ActionRequest) {
  return {
    ...(run !== undefined && { run }),
    ...(approvedBy.length > 0 && { approvedBy: [...approvedBy] }),
  };
}

/** The version that the tag speaks of: by name, or by the commit that it stands on. */
async function targetOf(
  state: LedgerState,
  { model, tag, commit }: ActionRequest,
): Promise<{ readonly record: VersionRecord | undefined; readonly reasons: readonly string[] }> {
  if (tag.action === 'deregister') {
    const record = await state.version(model, tag.version);
    if (!record) return { record, reasons: [`${model}@${tag.version} is not registered`] };
    const at = record.source.commit;
    const misplaced = `${tag.text} is at ${commit.slice(0, 12)}, and the version at ${at.slice(0, 12)}: put the tag there`;
    return { record, reasons: at === commit ? [] : [misplaced] };
  }
  if (tag.action === 'deprecate') {
    const reasons = state.models().includes(model) ? [] : [`${model} has no version`];
    return { record: undefined, reasons };
  }
  const here = await state.versionsFrom(model, commit);
  const [record] = here;
  if (here.length === 1) return { record, reasons: [] };
  const names = here.map(({ version }) => version).join(', ');
  const short = commit.slice(0, 12);
  const reason = record
    ? `commit ${short} has several versions of ${model} (${names}): a tag of an environment cannot tell which`
    : `commit ${short} has no version of ${model}: register one there first, or tag the commit of a version`;
  return { record: undefined, reasons: [reason] };
}

async function refusals(
  { store }: Registry,
  { policy, tag }: ActionRequest,
  record: VersionRecord | undefined,
  lifecycle: Lifecycle,
): Promise<readonly string[]> {
  const environment = 'environment' in tag ? tag.environment : undefined;
  if (environment === undefined || !record) return [];
  if (tag.action === 'unassign') {
    const assigned = lifecycle.isAssigned(record.version, environment);
    return assigned ? [] : [`${record.model}@${record.version} is not in ${environment}`];
  }
  const reasons = [...promotionRefusals(policy, environment, record, lifecycle)];
  for (const digest of digestsOf(record)) {
    if (await store.has(digest)) continue;
    reasons.push(
      `${digest} of ${record.model}@${record.version} is not in the store ${store.place}`,
    );
  }
  return reasons;
}

export function actionOf(tag: ActionRequest['tag']): ModelEvent['action'] {
  if (tag.action === 'deregister') return 'deprecate';
  return tag.action === 'deprecate' ? 'retire' : tag.action;
}

function resourceOf({ model, tag }: ActionRequest, record: VersionRecord | undefined): string {
  if ('environment' in tag) return `${model}#${tag.environment}`;
  return record ? `${model}@${record.version}` : model;
}

/** In the order of the counters: a job that ran late does not overtake a later tag. */
function inserted(events: readonly ModelEvent[], event: ModelEvent): readonly ModelEvent[] {
  const { counter, environment } = event;
  const later =
    counter === undefined || environment === undefined
      ? -1
      : events.findIndex(
          (other) => other.environment === environment && (other.counter ?? -1) > counter,
        );
  return later < 0
    ? [...events, event]
    : [...events.slice(0, later), event, ...events.slice(later)];
}

/** The later word on the environment that `event` speaks of, where there is one. */
function standing(
  lifecycle: Lifecycle,
  event: ModelEvent,
): { readonly event: ModelEvent; readonly standing: ModelEvent } | undefined {
  if (event.action !== 'assign' || event.environment === undefined) return undefined;
  const current = lifecycle.environments().get(event.environment);
  return current && current.tag !== event.tag ? { event, standing: current } : undefined;
}

function verb(action: ModelEvent['action']): string {
  return action.charAt(0).toUpperCase() + action.slice(1);
}
