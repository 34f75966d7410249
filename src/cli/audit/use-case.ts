import { readAudit } from '../../registry/audit.ts';
import type { AuditLine } from '../../registry/records.ts';
import { optionalText } from '../../runner/inputs.ts';
import type { UseCase } from '../../runner/use-case.ts';
import { counted, ledgerOf, listingReport } from '../listing.ts';

const inputs = { model: optionalText('One model; every model by default.', 'NAME') };

export const audit: UseCase<typeof inputs, Awaited<ReturnType<typeof readAudit>>> = {
  name: 'audit',
  description:
    'Show who decided what, allowed or refused, and check that the trail was not edited.',
  inputs,
  positional: 'model',
  outputs: {},
  async run({ model }, ports) {
    const { lines, brokenAt } = await readAudit(await (await ledgerOf(ports)).state());
    const about = (resource: string) => resource.split(/[@#]/)[0] === model;
    const shown = model === undefined ? lines : lines.filter(({ resource }) => about(resource));
    return { lines: shown, brokenAt };
  },
  report({ lines, brokenAt }) {
    return listingReport({
      headline: counted(lines.length, 'decision'),
      titles: ['when', 'who', 'what', 'resource', 'result', 'reason'],
      rows: lines.map((line) => [
        line.time,
        line.user,
        line.action,
        line.resource,
        line.result,
        line.reason ?? approvals(line),
      ]),
      json: { lines, brokenAt: brokenAt ?? null },
      problem:
        brokenAt &&
        `${brokenAt.path} line ${brokenAt.line} does not follow from the line before it: the trail was edited`,
    });
  },
};

function approvals({ approvedBy }: AuditLine): string {
  return approvedBy ? `approved by ${approvedBy.join(', ')}` : '';
}
