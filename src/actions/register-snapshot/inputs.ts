import { REPORT_FOLDER } from '../../registry/evidence.ts';
import {
  flag,
  lines,
  onDisk,
  optionalSecret,
  optionalText,
  secret,
  text,
} from '../../runner/inputs.ts';
import { storeInputs } from '../store.ts';

export const inputs = {
  version: optionalText(
    'The tag to act on, such as digits@v1.2.0 or digits#production#3; the tag that was pushed by default.',
    'TAG',
  ),
  evidence: onDisk(
    lines(
      'Files of evidence, one a line; those in report-dir by default (lint.json, training.json, evaluation.json).',
      '',
      'FILE',
    ),
  ),
  ...storeInputs,
  'signing-key': optionalText(
    'The EC private key that signs the manifest: its PEM, from a secret, or the path of its file.',
    'FILE',
  ),
  'signing-certificate': optionalText(
    "The certificate of that key, then those of its issuers: PEM, or the path of a file; the signature then names the certificate's owner.",
    'FILE',
  ),
  'report-dir': onDisk(
    text('Where evidence is looked for, relative to the workspace.', REPORT_FOLDER, 'FOLDER'),
  ),
  release: flag(
    'Whether to publish the files of a version as a GitHub Release once it is registered.',
  ),
  attest: flag(
    'Whether to attest, by Sigstore, that this workflow registered these files; gh attestation verify then finds it.',
  ),
  'members-token': optionalSecret(
    "A token that may read the organization's teams, where a role of the policy names teams; the workflow's own may not.",
  ),
  'github-token': secret(
    "The token that publishes and attests, and asks for people's permissions and approvals.",
    'github.token',
  ),
};
