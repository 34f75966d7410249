import type { VersionRecord } from '../../registry/records.ts';
import type { Registration } from '../../registry/register.ts';
import { bytes } from '../../report/text.ts';
import { shortDigest } from '../../store/digest.ts';
import type { Description } from './description.ts';

const MAX_FILES = 20;

export function describeRegistration(resource: string, outcome: Registration): Description {
  const common = { version: resource, rows: [], reasons: [] };
  switch (outcome.status) {
    case 'registered':
    case 'already-registered': {
      const { digest } = outcome.record;
      const headline =
        outcome.status === 'registered'
          ? `${resource} is registered: ${digest}`
          : `${resource} was registered before, with the same bytes: ${digest}`;
      return { ...common, headline, digest, rows: rowsOf(outcome.record) };
    }
    case 'conflict': {
      const { existing, candidate } = outcome;
      const headline = `${resource} is taken and was not changed`;
      const reasons = sides(existing, candidate);
      return { ...common, headline, reasons, digest: existing.digest };
    }
    case 'refused': {
      const headline = `${resource} was not registered`;
      return { ...common, headline, reasons: outcome.reasons, digest: outcome.digest };
    }
  }
}

function sides(existing: VersionRecord, candidate: VersionRecord): readonly string[] {
  const side = ({ digest, source, registered }: VersionRecord) =>
    `${digest} of commit ${source.commit.slice(0, 12)} by ${registered.by} at ${registered.at}`;
  const advice =
    existing.manifest === candidate.manifest
      ? 'The bytes are the same, the commit is not: the tag was moved. Take the next version.'
      : 'A version never changes: take the next one.';
  return [
    `registered: ${side(existing)}`,
    `now given: ${side(candidate)}`,
    ...changedFiles(existing, candidate),
    advice,
  ];
}

function changedFiles(existing: VersionRecord, candidate: VersionRecord): readonly string[] {
  const before = new Map(existing.files.map(({ name, digest }) => [name, digest]));
  const after = new Map(candidate.files.map(({ name, digest }) => [name, digest]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes = names.filter((name) => before.get(name) !== after.get(name));
  const lines = changes.slice(0, MAX_FILES).map((name) => {
    const short = (digest: string | undefined) => (digest ? shortDigest(digest) : 'not there');
    return `${name}: ${short(before.get(name))} registered, ${short(after.get(name))} now`;
  });
  return changes.length > MAX_FILES ? [...lines, `and ${changes.length - MAX_FILES} more`] : lines;
}

function rowsOf(record: VersionRecord): Description['rows'] {
  const size = record.files.reduce((sum, file) => sum + file.size, 0);
  return [
    ['snapshot', record.digest],
    ['files', `${record.files.length}, ${bytes(size)}`],
    ['commit', record.source.commit],
    ['evidence', record.evidence.map(({ kind }) => kind).join(', ') || 'none'],
    ['registered', `${record.registered.at} by ${record.registered.by}`],
  ];
}
