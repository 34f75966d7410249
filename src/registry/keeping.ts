import { EnvironmentError } from '../errors.ts';
import type { Problem } from './problem.ts';
import { offerOf, offerVersion } from './offer.ts';
import { isPinned, writePin } from './pin.ts';
import type { VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';

/** What comes after a registration and may have been missed: its pin, and its name for others. */
export async function keepingProblems(
  registry: Registry,
  record: VersionRecord,
): Promise<readonly Problem[]> {
  const resource = `${record.model}@${record.version}`;
  const problems: Problem[] = [];
  if (!(await isPinned(registry, record))) {
    const message = 'the store does not know that it needs its blobs; fsck --repair tells it';
    problems.push({ kind: 'unpinned', severity: 'warning', resource, message });
  }
  const { offers } = registry.store;
  if (!offers) return problems;
  const offer = offerOf(record);
  const state = await offers.state(offer);
  const name = offers.nameOf(offer);
  if (state === 'absent') {
    const message = `nobody can pull it as ${name} yet; fsck --repair offers it`;
    problems.push({ kind: 'not-offered', severity: 'warning', resource, message });
  } else if (state === 'other') {
    const message = `${name} is something else: delete that tag, then fsck --repair offers it`;
    problems.push({ kind: 'moved-offer', severity: 'error', resource, message });
  }
  return problems;
}

/** Does it again; what cannot be done is a problem that the check then names. */
export async function keep(registry: Registry, record: VersionRecord): Promise<void> {
  try {
    if (!(await isPinned(registry, record))) await writePin(registry, record);
    await offerVersion(registry, record);
  } catch (thrown) {
    if (!(thrown instanceof EnvironmentError)) throw thrown;
  }
}
