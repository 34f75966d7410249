import { REPORT_FOLDER } from '../../registry/evidence.ts';
import { lines, optionalText, text } from '../../runner/inputs.ts';

export const inputs = {
  version: optionalText(
    'The tag to act on, such as digits@v1.2.0 or digits#production#3; the tag that was pushed by default.',
    'TAG',
  ),
  evidence: lines(
    'Files of evidence, one a line; those in report-dir by default (lint.json, training.json, evaluation.json).',
    '',
    'FILE',
  ),
  store: optionalText("The folder of the registry's blobs; the policy's by default.", 'FOLDER'),
  'report-dir': text(
    'Where evidence is looked for, relative to the workspace.',
    REPORT_FOLDER,
    'FOLDER',
  ),
};
