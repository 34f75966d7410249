import { readModelIndex } from '../../card/model-index.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'card/model-index',
  family: 'card',
  severity: 'warning',
  rationale:
    'Leaderboards and the hub read results from model-index. An entry without task, data set, type or value is dropped without a word.',
  fails: 'model-index: [{name: tiny}]',
  passes: 'model-index with results of task.type, dataset.name, dataset.type and metrics',
  *check({ metadata, lineOf }) {
    const index = metadata?.['model-index'];
    if (index === undefined) return;
    for (const { message, keys } of readModelIndex(index).problems) {
      yield { message: `model-index: ${message}`, line: lineOf(...keys) };
    }
  },
});
