import { optionalText, requiredText } from '../../runner/inputs.ts';

export const inputs = {
  version: requiredText(
    'What to verify: digits@v1.2.0, digits#production, digits (the latest version) or sha256:...',
    'VERSION',
  ),
  store: optionalText("The folder of the registry's blobs; the policy's by default.", 'FOLDER'),
  output: optionalText(
    'The folder to put the files in, relative to the workspace; what is there is replaced once every byte was checked. Without it the store alone is checked.',
    'FOLDER',
  ),
};
