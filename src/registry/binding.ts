import type { Evidence, EvidenceKind } from './evidence.ts';
import type { Snapshot } from './manifest.ts';

export interface GivenEvidence {
  /** Where it was read, for a message. */
  readonly file: string;
  readonly evidence: Evidence;
  readonly bytes: Buffer;
}

/**
 * Evidence binds: it must speak of these bytes, and well of them. Returns why it does not, as
 * sentences that show the difference.
 */
export function evidenceRefusals(subject: {
  readonly model: string;
  readonly snapshot: Snapshot;
  readonly evidence: readonly GivenEvidence[];
  /** Kinds that must be among them. */
  readonly required: readonly EvidenceKind[];
}): readonly string[] {
  const { model, snapshot, evidence: given, required } = subject;
  const present = new Set(given.map(({ evidence }) => evidence.evidence));
  return [
    ...given.flatMap((each) => refusalOf(each, model, snapshot) ?? []),
    ...required
      .filter((kind) => !present.has(kind))
      .map((kind) => `the policy requires ${kind} evidence, and there is none`),
  ];
}

function refusalOf(
  { file, evidence }: GivenEvidence,
  model: string,
  { digest }: Snapshot,
): string | undefined {
  const it = `the ${evidence.evidence} evidence (${file})`;
  const about = evidence.models.find(({ name }) => name === model);
  if (!about) return `${it} says nothing about ${model}`;
  if (about.digest !== digest) {
    return `${it} speaks of ${about.digest}, and the model is ${digest}: run it again on these files`;
  }
  return evidence.passed ? undefined : `${it} says that the model did not pass`;
}
