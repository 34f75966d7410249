import { UserError } from '../../errors.ts';
import type { VersionRecord } from '../../registry/records.ts';
import { resolveIn } from '../../registry/resolve.ts';
import { parseReference } from '../../registry/tag.ts';
import { bytes } from '../../report/text.ts';
import { lines } from '../../runner/inputs.ts';
import type { UseCase } from '../../runner/use-case.ts';
import { shortDigest } from '../../store/digest.ts';
import { ledgerOf, listingReport } from '../listing.ts';

const inputs = { versions: lines('Two versions, the older one first.', '', 'VERSION') };

type File = VersionRecord['files'][number];

interface Difference {
  readonly before: VersionRecord;
  readonly after: VersionRecord;
  readonly changes: readonly {
    readonly name: string;
    readonly before: File | undefined;
    readonly after: File | undefined;
  }[];
}

export const diff: UseCase<typeof inputs, Difference> = {
  name: 'diff',
  description: 'Show which files differ between two versions.',
  inputs,
  positional: 'versions',
  outputs: {},
  async run({ versions }, ports) {
    const [first, second, ...others] = versions;
    if (first === undefined || second === undefined || others.length > 0) {
      throw new UserError(`diff takes two versions and was given ${versions.length}`, {
        hint: 'Write: model-ci diff digits@v1.0.0 digits@v1.1.0',
      });
    }
    const state = await (await ledgerOf(ports)).state();
    const before = await resolveIn(state, parseReference(first), first);
    const after = await resolveIn(state, parseReference(second), second);
    return { before, after, changes: changesOf(before, after) };
  },
  report({ before, after, changes }) {
    const names = `${before.model}@${before.version} and ${after.model}@${after.version}`;
    return listingReport({
      headline:
        changes.length === 0
          ? `${names} have the same files`
          : `${changes.length} of the files of ${names} differ`,
      titles: ['file', before.version, after.version],
      rows: changes.map((change) => [change.name, side(change.before), side(change.after)]),
      json: { before: before.digest, after: after.digest, changes },
    });
  },
};

function changesOf(before: VersionRecord, after: VersionRecord): Difference['changes'] {
  const old = new Map(before.files.map((file) => [file.name, file]));
  const now = new Map(after.files.map((file) => [file.name, file]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .filter((name) => old.get(name)?.digest !== now.get(name)?.digest)
    .map((name) => ({ name, before: old.get(name), after: now.get(name) }));
}

function side(file: File | undefined): string {
  return file ? `${shortDigest(file.digest)} ${bytes(file.size)}` : '-';
}
