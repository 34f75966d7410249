import { REPORT_FOLDER } from '../../registry/evidence.ts';
import { flag, onDisk, optionalText, secret, text } from '../../runner/inputs.ts';
import { storeInputs } from '../store.ts';

export const inputs = {
  model: optionalText('The model, as the policy names it; the only one by default.', 'NAME'),
  baseline: optionalText(
    "What to compare with: auto, none, a path, a version (digits@v1.0.0) or an environment (digits#production); the policy's by default.",
    'BASELINE',
  ),
  request: optionalText(
    'What to evaluate, as a comment says it: /evaluate digits against production on data/night.parquet. It comes before model and baseline.',
    'TEXT',
  ),
  ...storeInputs,
  metrics: onDisk(
    optionalText(
      'Where to write the metrics as JSON, without timings, for a stage of dvc.yaml.',
      'FILE',
    ),
  ),
  runtime: onDisk(
    optionalText(
      'A local copy of onnxruntime-node (of onnxruntime-web for provider wasm), such as node_modules/onnxruntime-node, for machines with no network.',
      'FOLDER',
    ),
  ),
  'report-dir': onDisk(
    text(
      'Where the reports and the evidence are written, relative to the workspace.',
      REPORT_FOLDER,
      'FOLDER',
    ),
  ),
  'artifact-name': text(
    'The artifact of the reports; set it where a job runs in a matrix.',
    'model-ci-evaluation',
    'NAME',
  ),
  comment: flag('Whether to comment on the pull request.', true),
  check: flag('Whether to publish the verdict as a check run of the commit.', true),
  'github-token': secret(
    'The token that comments on the pull request and publishes the check.',
    'github.token',
  ),
};
