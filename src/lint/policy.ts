import picomatch from 'picomatch';
import type { LintPolicy } from '../project/lint-policy.ts';
import type { InspectOptions } from './inspect/inspector.ts';
import type { Finding, Severity } from './finding.ts';
import type { AnyRule } from './rule.ts';

/** What the policy says about one file. */
export interface FilePolicy {
  severityOf(rule: AnyRule): Severity | 'off';
  /** What it asks of the readers. */
  readonly inspect: InspectOptions;
  /** Whether a file that could not be read to its end fails the check. */
  readonly inconclusiveFails: boolean;
  /** Whether a finding is accepted; `digest` is asked for only where a suppression names one. */
  isSuppressed(finding: Finding, digest: () => string): boolean;
}

/** The part of the policy that holds for `path`, relative to the workspace. `today`: 2026-11-24. */
export function policyFor(policy: LintPolicy, path: string, today: string): FilePolicy {
  const overrides = policy.overrides.filter(({ paths }) => matches(paths, path));
  const tables = [policy.rules, ...overrides.map(({ rules }) => rules)].toReversed();
  const suppressions = policy.suppress.filter(
    (entry) => today < entry.expires && (entry.path === undefined || matches([entry.path], path)),
  );
  return {
    severityOf({ id, family, severity }) {
      for (const table of tables) {
        const turned = table[id] ?? table[`${family}/*`];
        if (turned !== undefined) return turned;
      }
      return severity;
    },
    inspect: { requiredFields: policy.card.required, weights: policy.weights },
    inconclusiveFails: overrides.at(-1)?.inconclusive !== 'pass',
    isSuppressed: ({ rule }, digest) =>
      suppressions.some(
        (entry) => entry.rule === rule && (entry.digest === undefined || entry.digest === digest()),
      ),
  };
}

function matches(globs: readonly string[], path: string): boolean {
  return picomatch(globs as string[], { dot: true })(path);
}
