/** How bad a finding is, worst first. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  /** The rule's id, such as `pickle/unsafe-global`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Where in the file: a line, a byte, a member of an archive, a node of a graph; may be ''. */
  readonly location: string;
  /** 1-based, for files of text. */
  readonly line?: number;
}

/**
 * - `clean`: read to the end, and nothing but information was found.
 * - `findings`: read to the end.
 * - `inconclusive`: not read to the end, so the absence of findings says nothing. Never green.
 */
export type Verdict = 'clean' | 'findings' | 'inconclusive';

export interface FileReport {
  /** Relative to the workspace where it lies in it, with forward slashes. */
  readonly path: string;
  readonly format: string;
  readonly verdict: Verdict;
  /** Worst first. */
  readonly findings: readonly Finding[];
}

/** 0 for the worst. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
