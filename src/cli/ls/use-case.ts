import type { LedgerState } from '../../registry/ledger-state.ts';
import { optionalText } from '../../runner/inputs.ts';
import type { UseCase } from '../../runner/use-case.ts';
import { counted, ledgerOf, listingReport } from '../listing.ts';

const inputs = { model: optionalText('One model; every model by default.', 'NAME') };

interface ListedModel {
  readonly model: string;
  /** The highest that is not deprecated. */
  readonly latest: string | undefined;
  /** Environment -> version. */
  readonly environments: Readonly<Record<string, string>>;
  readonly retired: boolean;
  readonly versions: readonly {
    readonly version: string;
    readonly digest: string;
    readonly commit: string;
    readonly registered: string;
    readonly deprecated: boolean;
  }[];
}

export const ls: UseCase<typeof inputs, readonly ListedModel[]> = {
  name: 'ls',
  description: 'List models, their latest versions and their environments.',
  inputs,
  positional: 'model',
  outputs: {},
  async run({ model }, ports) {
    const state = await (await ledgerOf(ports)).state();
    const names = state.models().filter((name) => model === undefined || name === model);
    return Promise.all(names.map((name) => listed(state, name)));
  },
  report(models) {
    const environments = [
      ...new Set(models.flatMap((model) => Object.keys(model.environments))),
    ].sort();
    return listingReport({
      headline: models.length === 0 ? 'no model is registered' : counted(models.length, 'model'),
      titles: ['model', 'latest', 'versions', ...environments.map((name) => `#${name}`)],
      rows: models.map((model) => [
        model.retired ? `${model.model} (retired)` : model.model,
        model.latest ?? '-',
        String(model.versions.length),
        ...environments.map((name) => model.environments[name] ?? '-'),
      ]),
      json: { models },
    });
  },
};

async function listed(state: LedgerState, model: string): Promise<ListedModel> {
  const [records, lifecycle] = [await state.versions(model), await state.lifecycle(model)];
  const versions = records.map((record) => ({
    version: record.version,
    digest: record.digest,
    commit: record.source.commit,
    registered: record.registered.at,
    deprecated: lifecycle.isDeprecated(record.version),
  }));
  const current = [...lifecycle.environments()].map(([name, { version }]): [string, string] => [
    name,
    version,
  ]);
  return {
    model,
    latest: versions.findLast(({ deprecated }) => !deprecated)?.version,
    environments: Object.fromEntries(current),
    retired: lifecycle.isRetired(versions.map(({ registered }) => registered)),
    versions,
  };
}
