import type { Severity } from './finding.ts';
import type { Family, Subjects } from './subjects.ts';

/** What a check says about one place. */
export interface Detail {
  readonly message: string;
  /** Where, within the subject; the place of the subject itself is put before it. */
  readonly location?: string;
  readonly line?: number;
}

/**
 * One thing that may be wrong with a file. A rule is a file under `rules/<family>/` that exports
 * one of these by default: the catalogue in docs/rules.md, the policy and every report take it
 * from there.
 */
export interface Rule<F extends Family = Family> {
  /** `<family>/<what is wrong>`; users write it in their policy, so it never changes. */
  readonly id: string;
  readonly family: F;
  readonly severity: Severity;
  /** Why it matters: what goes wrong where the rule is broken. */
  readonly rationale: string;
  /** A short example of what the rule finds, and of the same without a finding. */
  readonly fails: string;
  readonly passes: string;
  /** A finding means that the file was not read to its end: the verdict becomes inconclusive. */
  readonly unread?: boolean;
  check(subject: Subjects[F]): Iterable<Detail>;
}

/** A rule of any family, as lists of rules hold them. */
export type AnyRule = { [F in Family]: Rule<F> }[Family];

/** Gives the literal its type; the family is inferred from the property. */
export function rule<F extends Family>(definition: Rule<F>): Rule<F> {
  return definition;
}
