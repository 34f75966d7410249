import type { VersionRecord } from '../../registry/records.ts';
import { resolveIn } from '../../registry/resolve.ts';
import { parseReference } from '../../registry/tag.ts';
import { bytes } from '../../report/text.ts';
import { requiredText } from '../../runner/inputs.ts';
import type { UseCase } from '../../runner/use-case.ts';
import { shortDigest } from '../../store/digest.ts';
import { ledgerOf, listingReport } from '../listing.ts';

const inputs = {
  version: requiredText('name@v1.2.0, name#production, name (the latest) or sha256:...', 'VERSION'),
};

interface Shown {
  readonly record: VersionRecord;
  readonly environments: readonly string[];
  readonly deprecated: boolean;
}

export const show: UseCase<typeof inputs, Shown> = {
  name: 'show',
  description: 'Show what a version is: its files, its commit, its evidence and where it stands.',
  inputs,
  positional: 'version',
  outputs: {},
  async run({ version }, ports) {
    const state = await (await ledgerOf(ports)).state();
    const record = await resolveIn(state, parseReference(version), version);
    const lifecycle = await state.lifecycle(record.model);
    const environments = [...lifecycle.environments()].flatMap(([name, event]) =>
      event.version === record.version ? [name] : [],
    );
    return { record, environments, deprecated: lifecycle.isDeprecated(record.version) };
  },
  report({ record, environments, deprecated }) {
    const { source, registered, evidence } = record;
    const rows = [
      ['snapshot', record.digest],
      ['manifest', record.manifest],
      ['commit', source.commit],
      ['tag', source.tag],
      ['repository', source.repository],
      ['registered', `${registered.at} by ${registered.by}`],
      ['run', registered.run ?? '-'],
      ['evidence', evidence.map(({ kind }) => kind).join(', ') || 'none'],
      ['environments', environments.join(', ') || 'none'],
      ...record.files.map(({ name, digest, size }) => [
        name,
        `${shortDigest(digest)} ${bytes(size)}`,
      ]),
    ];
    return listingReport({
      headline: `${record.model}@${record.version}${deprecated ? ' (deprecated)' : ''}`,
      titles: ['what', 'value'],
      rows,
      json: { ...record, environments, deprecated },
    });
  },
};
