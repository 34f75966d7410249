import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/missing-file',
  family: 'tensorflow',
  severity: 'warning',
  rationale:
    'A SavedModel is a folder: without its variables and assets it cannot be loaded, and what was reviewed is not what will run.',
  fails: 'saved_model.pb with variables, and no folder variables/',
  passes: 'saved_model.pb beside variables/variables.index and each of its shards',
  *check({ missing }) {
    for (const message of missing) yield { message };
  },
});
