import type { ModelEvent, VersionRecord } from '../../registry/records.ts';
import { optionalText } from '../../runner/inputs.ts';
import type { UseCase } from '../../runner/use-case.ts';
import { counted, ledgerOf, listingReport } from '../listing.ts';

const inputs = { model: optionalText('One model; every model by default.', 'NAME') };

interface Entry {
  readonly at: string;
  readonly by: string;
  readonly model: string;
  readonly action: ModelEvent['action'] | 'register';
  readonly version: string | undefined;
  readonly environment: string | undefined;
  readonly tag: string;
  readonly commit: string;
}

export const history: UseCase<typeof inputs, readonly Entry[]> = {
  name: 'history',
  description: 'Show what happened to models: registrations, environments, deprecations.',
  inputs,
  positional: 'model',
  outputs: {},
  async run({ model }, ports) {
    const state = await (await ledgerOf(ports)).state();
    const entries: Entry[] = [];
    for (const name of state.models()) {
      if (model !== undefined && name !== model) continue;
      entries.push(...(await state.versions(name)).map(registration));
      entries.push(...(await state.lifecycle(name)).events.map((event) => happened(name, event)));
    }
    return entries.toSorted((a, b) => Number(a.at > b.at) - Number(a.at < b.at));
  },
  report(entries) {
    return listingReport({
      headline: entries.length === 0 ? 'nothing happened yet' : counted(entries.length, 'event'),
      titles: ['when', 'who', 'what', 'version', 'environment', 'tag'],
      rows: entries.map((entry) => [
        entry.at,
        entry.by,
        entry.action,
        entry.version === undefined ? entry.model : `${entry.model}@${entry.version}`,
        entry.environment ?? '-',
        entry.tag,
      ]),
      json: { events: entries },
    });
  },
};

function registration({ model, version, source, registered }: VersionRecord): Entry {
  const { tag, commit } = source;
  const { at, by } = registered;
  return { at, by, model, action: 'register', version, environment: undefined, tag, commit };
}

function happened(model: string, event: ModelEvent): Entry {
  const { at, by, action, version, environment, tag, commit } = event;
  return { at, by, model, action, version, environment, tag, commit };
}
