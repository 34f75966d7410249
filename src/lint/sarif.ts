import { pathToFileURL } from 'node:url';
import { plain } from '../report/text.ts';
import type { Finding, Severity } from './finding.ts';
import type { LintReport } from './report.ts';
import { RULES } from './rules/index.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** Code scanning takes 25,000 results of a run and shows 5,000. */
const MAX_RESULTS = 5000;

/** The report as SARIF 2.1.0 (OASIS), as code scanning takes it. */
export function toSarif({ files }: LintReport): unknown {
  const results = files.flatMap((file) =>
    file.findings.map((finding) => toResult(file.path, finding)),
  );
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'model-ci', rules: RULES.map(toDescriptor) } },
        results: results.slice(0, MAX_RESULTS),
      },
    ],
  };
}

function toDescriptor({ id, severity, rationale, fails, passes }: (typeof RULES)[number]): unknown {
  return {
    id,
    shortDescription: { text: id },
    fullDescription: { text: rationale },
    help: { text: `Finds: ${fails}\nPasses: ${passes}` },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function toResult(path: string, { rule, severity, message, location, line }: Finding): unknown {
  return {
    ruleId: rule,
    level: LEVELS[severity],
    message: { text: messageText(location ? `${message} (${location})` : message) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path) },
          // Code scanning shows nothing without a line; weights have none.
          region: { startLine: line ?? 1 },
        },
      },
    ],
    partialFingerprints: { finding: `${rule}:${location}` },
  };
}

/** A plain text message: brackets would make a link of what a file says (SARIF 2.1.0, 3.11.6). */
function messageText(text: string): string {
  return plain(text).replace(/[\\[\]]/g, '\\$&');
}

/** A relative reference of URI syntax; files outside of the repository by their whole URI. */
function uriOf(path: string): string {
  if (path.startsWith('/')) return pathToFileURL(path).href;
  return path.split('/').map(encodeURIComponent).join('/');
}
