import { externalTensors } from '../../onnx/external.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/external-unread',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The weights stand beside a model that is inside an archive, where they were not looked for.',
  fails: 'a zip with model.onnx, whose weights are external',
  passes: 'model.onnx in a folder with its weights',
  unread: true,
  *check(subject) {
    if (subject.folder !== undefined) return;
    for (const { location, path } of externalTensors(subject)) {
      yield { message: `its values in ${location} were not checked`, location: path };
      return;
    }
  },
});
