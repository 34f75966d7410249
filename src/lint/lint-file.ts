import { createHash } from 'node:crypto';
import { codeOf } from '../errors.ts';
import { openSource, type Source } from '../formats/source.ts';
import type { Target } from './discover.ts';
import { rank, type FileReport, type Finding, type Severity } from './finding.ts';
import { inspectFile } from './inspect/inspect-file.ts';
import type { FilePolicy } from './policy.ts';
import type { AnyRule, Detail } from './rule.ts';
import { RULES } from './rules/index.ts';
import type { Subject } from './subjects.ts';

/** Findings of one rule in one file: a person reads the first few, the rest are counted. */
const MAX_PER_RULE = 20;

/** Lints one file; it is opened for reading and nothing else. */
export function lintFile(target: Target, policy: FilePolicy): FileReport {
  if (target.refused !== undefined) return unopened(target, `not opened: ${target.refused}`);
  let source;
  try {
    source = openSource(target.absolute);
  } catch (thrown) {
    return unopened(target, `cannot be opened: ${codeOf(thrown) ?? String(thrown)}`);
  }
  try {
    const { format, subjects } = inspectFile(target.absolute, source, policy.inspect);
    const opened = source;
    return judge(target.shown, format, subjects, policy, () => digestOf(opened));
  } finally {
    source.close();
  }
}

/** Applies the rules, then the policy, to what was found in a file. */
function judge(
  path: string,
  format: string,
  subjects: readonly Subject[],
  policy: FilePolicy,
  digest: () => string,
): FileReport {
  const findings: Finding[] = [];
  let unread = false;
  for (const rule of RULES) {
    const details = check(rule, subjects);
    if (details.length === 0) continue;
    // Silencing a rule does not make an unread file read.
    unread ||= rule.unread === true;
    const severity = policy.severityOf(rule);
    if (severity !== 'off')
      findings.push(...limited(details).map((d) => toFinding(rule.id, severity, d)));
  }
  const counted = findings
    .filter((finding) => !policy.isSuppressed(finding, digest))
    .toSorted((a, b) => rank(a.severity) - rank(b.severity));
  return { path, format, verdict: verdictOf(counted, unread), findings: counted };
}

function check(rule: AnyRule, subjects: readonly Subject[]): Detail[] {
  const details: Detail[] = [];
  for (const { family, value, place } of subjects) {
    if (family !== rule.family) continue;
    // The family ties the rule to its subject; TypeScript cannot follow that through the union.
    for (const detail of (rule.check as (subject: unknown) => Iterable<Detail>)(value)) {
      details.push({ ...detail, location: [place, detail.location].filter(Boolean).join(', ') });
    }
  }
  return details;
}

function limited(details: readonly Detail[]): readonly Detail[] {
  if (details.length <= MAX_PER_RULE) return details;
  const rest = details.length - MAX_PER_RULE;
  return [...details.slice(0, MAX_PER_RULE), { message: `${rest} more findings of this rule` }];
}

function toFinding(rule: string, severity: Severity, detail: Detail): Finding {
  const { message, location = '', line } = detail;
  const place = line === undefined ? location : `line ${line}`;
  return { rule, severity, message, location: place, ...(line !== undefined && { line }) };
}

function verdictOf(findings: readonly Finding[], unread: boolean): FileReport['verdict'] {
  if (unread) return 'inconclusive';
  return findings.some(({ severity }) => severity !== 'info') ? 'findings' : 'clean';
}

/** A file whose content nobody saw. */
function unopened({ shown }: Target, message: string): FileReport {
  const finding: Finding = { rule: 'file/unread-format', severity: 'error', message, location: '' };
  return { path: shown, format: 'unknown', verdict: 'inconclusive', findings: [finding] };
}

const HASH_BYTES = 1024 * 1024;

function digestOf(source: Source): string {
  const hash = createHash('sha256');
  for (let offset = 0; offset < source.size; offset += HASH_BYTES) {
    hash.update(source.view(offset, HASH_BYTES));
  }
  return `sha256:${hash.digest('hex')}`;
}
