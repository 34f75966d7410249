import type { ActionOutcome } from '../../registry/act.ts';
import type { ModelEvent } from '../../registry/records.ts';
import type { Description } from './description.ts';

export function describeAction(resource: string, outcome: ActionOutcome): Description {
  const common = { version: '', digest: '', rows: [], reasons: [] };
  if (outcome.status === 'refused') {
    const headline = `${resource} stays as it is: the tag was refused`;
    return { ...common, headline, reasons: outcome.reasons };
  }
  if (outcome.status === 'conflict') {
    const { event, standing } = outcome;
    return {
      ...common,
      headline: `${resource} is ${standing.version ?? 'taken'}, by a later tag`,
      reasons: [`standing: ${sideOf(standing)}`, `this one: ${sideOf(event)}`],
    };
  }
  const { event, record, before } = outcome;
  const version = record ? `${record.model}@${record.version}` : '';
  return {
    headline: `${version || resource} ${before ? 'was' : 'is'} ${done(event, record?.model ?? resource)}`,
    reasons: [],
    version,
    digest: record?.digest ?? '',
    rows: [
      ['tag', event.tag],
      ['commit', event.commit],
      ['when', `${event.at} by ${event.by}`],
      ...(event.approvedBy ? [['approved', event.approvedBy.join(', ')] as const] : []),
    ],
  };
}

function done(event: ModelEvent, model: string): string {
  const environment = event.environment ?? '';
  switch (event.action) {
    case 'assign':
      return `assigned to ${model}#${environment}`;
    case 'unassign':
      return `taken from ${model}#${environment}`;
    case 'deprecate':
      return 'deprecated: its name still means its bytes, and nothing offers it';
    case 'retire':
      return 'retired';
  }
}

function sideOf({ tag, version, commit, at, by }: ModelEvent): string {
  return `${version ?? ''} by the tag ${tag} at ${commit.slice(0, 12)}, ${by}, ${at}`;
}
