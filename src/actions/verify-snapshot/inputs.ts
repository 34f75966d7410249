import {
  choice,
  flag,
  onDisk,
  optionalSecret,
  optionalText,
  requiredText,
  secret,
} from '../../runner/inputs.ts';
import { storeInputs } from '../store.ts';

export const inputs = {
  version: requiredText(
    'What to verify: digits@v1.2.0, digits#production, digits (the latest version) or sha256:...',
    'VERSION',
  ),
  source: choice(
    'What the bytes are read from: store, or release for the GitHub Release of the version.',
    ['store', 'release'],
    'store',
  ),
  ...storeInputs,
  'public-key': optionalText(
    "The EC key that the version must be signed with: its PEM or the path of its file; the policy's by default.",
    'FILE',
  ),
  output: onDisk(
    optionalText(
      'The folder to put the files in, relative to the workspace; what is there is replaced once every byte was checked. Without it the store alone is checked.',
      'FOLDER',
    ),
  ),
  'alert-issue': flag('Whether to open an issue where a version is refused.'),
  'alert-webhook': optionalSecret(
    'An address, from a secret, that is told as JSON where a version is refused; field text is for people.',
  ),
  'github-token': secret('The token that reads the release and opens the issue.', 'github.token'),
};
