import { UserError } from '../../errors.ts';
import type { FailOn } from '../../lint/report.ts';
import { REPORT_FOLDER } from '../../registry/evidence.ts';
import { choice, type Input, lines, onDisk, optionalText, text } from '../../runner/inputs.ts';

const THRESHOLDS: readonly FailOn[] = ['error', 'warning', 'never'];

/** Empty: the policy decides. */
const failOn: Input<FailOn | undefined> = {
  description:
    "The severity that fails the check (error, warning, never); the policy's by default. A file that cannot be read to its end fails it in any case.",
  shape: 'value',
  hint: THRESHOLDS.join('|'),
  parse(given, name) {
    const found = THRESHOLDS.find((value) => value === given);
    if (found !== undefined || given === '') return found;
    throw new UserError(`input '${name}' is '${given}'`, {
      hint: `Use one of: ${THRESHOLDS.join(', ')}.`,
    });
  },
};

export const inputs = {
  paths: onDisk(
    lines(
      'Files and folders to lint, one a line; every model and card of the repository by default.',
      '',
      'PATH',
    ),
  ),
  scope: choice(
    'What is linted where no paths are named: changed (folders that the pull request touches), all, or auto: changed in a pull request, all elsewhere.',
    ['auto', 'changed', 'all'],
    'auto',
  ),
  'fail-on': failOn,
  sarif: onDisk(
    optionalText('Where to write the findings as SARIF 2.1.0, for code scanning.', 'FILE'),
  ),
  'report-dir': onDisk(
    text('Where the evidence is written, relative to the workspace.', REPORT_FOLDER, 'FOLDER'),
  ),
};
