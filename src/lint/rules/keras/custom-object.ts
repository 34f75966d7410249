import { referencesOf } from '../../keras/references.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'keras/custom-object',
  family: 'keras',
  severity: 'info',
  rationale:
    'A custom layer or function lives in code that is not in the file: the model is only as safe, and as reproducible, as that code.',
  fails: '"registered_name": "my_package>MyLayer"',
  passes: 'layers of Keras alone',
  check: (config) => referencesOf(config, 'custom'),
});
