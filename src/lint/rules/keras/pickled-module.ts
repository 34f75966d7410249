import { rule } from '../../rule.ts';

export default rule({
  id: 'keras/pickled-module',
  family: 'keras',
  severity: 'error',
  rationale:
    'TorchModuleWrapper stores a whole PyTorch module as a pickle, and unpickles it without checks when the model is loaded (CVE-2025-49655).',
  fails: 'a layer TorchModuleWrapper',
  passes: 'the layers of the module written in Keras, with their weights',
  *check({ references }) {
    for (const { name, path } of references) {
      if (!/^(?:.*>)?TorchModuleWrapper$/.test(name)) continue;
      yield { message: 'a PyTorch module is stored as a pickle', location: path };
    }
  },
});
