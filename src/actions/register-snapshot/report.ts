import { code, escapeMarkdown, table } from '../../report/markdown.ts';
import { columns, plain } from '../../report/text.ts';
import type { Annotation, Report } from '../../runner/use-case.ts';
import { describeAction } from './describe-action.ts';
import { describeRegistration } from './describe-registration.ts';
import type { Description } from './description.ts';
import type { Publication } from './publish.ts';
import type { RegisterResult } from './run.ts';

export const outputs = {
  version: 'The version, such as digits@v1.2.0; for an environment, the one that was assigned.',
  digest: 'The root digest of the snapshot, such as sha256:1f0c...',
  'ledger-commit': 'The commit of the ledger that says so; empty where nothing was done.',
  status:
    'registered, already-registered, assigned, unassigned, deprecated, retired, conflict or refused.',
  release: 'The page of the release; empty where none was asked for.',
  attestation: 'The page of the attestation; empty where none was asked for.',
} as const;

export function report(result: RegisterResult): Report<keyof typeof outputs> {
  const { resource, outcome } = result;
  const described =
    result.kind === 'version'
      ? withPublished(describeRegistration(resource, result.outcome), result.published)
      : describeAction(resource, result.outcome);
  const { headline, reasons, rows, version, digest } = described;
  const passed = reasons.length === 0;
  const title = `### ${passed ? '✅' : '❌'} ${escapeMarkdown(resource)}`;
  const details = passed
    ? table(
        [{ title: 'What' }, { title: 'Value' }],
        rows.map(([name, value]) => [name, code(value)]),
      )
    : reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n');
  const shown = passed
    ? columns(rows.map(([name, value]) => [`  ${name}`, plain(value)]))
    : reasons.map((reason) => `  ${plain(reason)}`).join('\n');
  return {
    passed,
    headline,
    outputs: {
      version,
      digest,
      'ledger-commit': 'ledgerCommit' in outcome ? outcome.ledgerCommit : '',
      status: outcome.status,
      release: urlOf(result, 'release'),
      attestation: urlOf(result, 'attestation'),
    },
    annotations: reasons.map((message): Annotation => ({
      severity: 'error',
      title: headline,
      message,
    })),
    summary: `${title}\n\n${escapeMarkdown(headline)}\n\n${details}\n`,
    text: `${plain(headline)}\n${shown}`,
    json: { resource, ...outcome, ...('published' in result && { published: result.published }) },
  };
}

/** The version stands; what was to be made known of it and was not still fails the step. */
function withPublished(described: Description, published: readonly Publication[]): Description {
  const failures = published.flatMap(({ failure }) => failure ?? []);
  const missing = published.filter(({ made }) => !made).map(({ what }) => what);
  const rows = published.flatMap(({ what, made }): [string, string][] =>
    made ? [[what, made.url]] : [],
  );
  return {
    ...described,
    headline:
      missing.length === 0
        ? described.headline
        : `${described.headline}; there is no ${missing.join(' and no ')} of it`,
    rows: [...described.rows, ...rows],
    reasons: [...described.reasons, ...failures],
  };
}

function urlOf(result: RegisterResult, what: Publication['what']): string {
  const published = result.kind === 'version' ? result.published : [];
  return published.find((publication) => publication.what === what)?.made?.url ?? '';
}
