import { readPolicy } from '../project/policy.ts';
import type { Ledger } from '../registry/ledger.ts';
import { openLedger } from '../registry/registry.ts';
import { escapeMarkdown, table } from '../report/markdown.ts';
import { columns, plain } from '../report/text.ts';
import type { Ports } from '../runner/ports.ts';
import type { Report } from '../runner/use-case.ts';

/** What a command that only looks has to say: a line, perhaps a table, and the same as JSON. */
export interface Listing {
  readonly headline: string;
  readonly titles?: readonly string[];
  readonly rows?: readonly (readonly string[])[];
  readonly json: unknown;
  /** What is wrong with what was found; the command fails where there is any. */
  readonly problem?: string | undefined;
}

export function listingReport(listing: Listing): Report {
  const { headline, titles = [], rows = [], json, problem } = listing;
  const shown = rows.length > 0 ? [titles, ...rows] : [];
  const cells = shown.map((row) => row.map((cell) => plain(cell)));
  return {
    passed: problem === undefined,
    headline: problem ?? headline,
    outputs: {},
    annotations:
      problem === undefined ? [] : [{ severity: 'error', title: headline, message: problem }],
    summary: [
      `### ${escapeMarkdown(headline)}`,
      problem !== undefined && escapeMarkdown(problem),
      rows.length > 0 &&
        table(
          titles.map((title) => ({ title })),
          rows.map((row) => row.map(escapeMarkdown)),
        ),
    ]
      .filter(Boolean)
      .join('\n\n'),
    text: [plain(headline), columns(cells), problem === undefined ? '' : plain(problem)]
      .filter(Boolean)
      .join('\n'),
    json,
  };
}

/** `1 model`, `2 models`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The ledger that the policy of the current repository names. */
export async function ledgerOf({ workspace, event }: Ports): Promise<Ledger> {
  const policy = await readPolicy(workspace);
  return openLedger({ workspace, policy: policy.registry, actor: event.actor });
}
