import { secret, text } from '../../runner/inputs.ts';

export const inputs = {
  'artifact-name': text(
    'The artifact of the reports, as the evaluation of the pull request named it.',
    'model-ci-evaluation',
    'NAME',
  ),
  'github-token': secret(
    'The token that reads the artifact and comments: actions: read and pull-requests: write.',
    'github.token',
  ),
};
