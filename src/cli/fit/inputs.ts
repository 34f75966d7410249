import { optionalText, text } from '../../runner/inputs.ts';

export const inputs = {
  spec: text('What to train, as YAML; docs/fit.md lists its keys', 'fit.yaml', 'FILE'),
  key: optionalText('Only this section of the file, such as fit in params.yaml', 'NAME'),
  runtime: optionalText(
    'Local copy of onnxruntime-node, such as node_modules/onnxruntime-node, where it must not be downloaded',
    'FOLDER',
  ),
};
