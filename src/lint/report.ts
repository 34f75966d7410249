import { rank, type FileReport, type Finding, type Verdict } from './finding.ts';

export type FailOn = 'error' | 'warning' | 'never';

/** What was found in all files together. */
export interface LintReport {
  readonly files: readonly FileReport[];
  readonly verdict: Verdict;
  readonly passed: boolean;
  readonly failOn: FailOn;
}

/** `excused`: paths whose inconclusive verdict the policy lets pass. */
export function lintReport(
  files: readonly FileReport[],
  failOn: FailOn,
  excused: ReadonlySet<string>,
): LintReport {
  const fails = files.some(
    (file) =>
      file.findings.some((finding) => failsOn(finding, failOn)) ||
      (file.verdict === 'inconclusive' && !excused.has(file.path)),
  );
  return { files, verdict: worst(files), passed: !fails, failOn };
}

function failsOn({ severity }: Finding, failOn: FailOn): boolean {
  return failOn !== 'never' && rank(severity) <= rank(failOn);
}

function worst(files: readonly FileReport[]): Verdict {
  const verdicts = new Set(files.map(({ verdict }) => verdict));
  if (verdicts.has('inconclusive')) return 'inconclusive';
  return verdicts.has('findings') ? 'findings' : 'clean';
}

/** The report as JSON: the contract of `--format json` and of the evidence. */
export function toJson({ files, verdict, passed, failOn }: LintReport): unknown {
  return {
    verdict,
    passed,
    failOn,
    files: files.map((file) => ({
      path: file.path,
      format: file.format,
      verdict: file.verdict,
      findings: file.findings.map(({ rule, severity, message, location }) => ({
        rule,
        severity,
        message,
        location,
      })),
    })),
  };
}
