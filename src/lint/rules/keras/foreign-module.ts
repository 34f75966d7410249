import { referencesOf } from '../../keras/references.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'keras/foreign-module',
  family: 'keras',
  severity: 'warning',
  rationale:
    'The model needs code of another package, which runs when it is imported. Whoever loads the model must trust that package, and must get the right one.',
  fails: '"module": "some_package.layers" in a layer',
  passes: '"module": "keras.layers" in every layer',
  check: (config) => referencesOf(config, 'foreign'),
});
