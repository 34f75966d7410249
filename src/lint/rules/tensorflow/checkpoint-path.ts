import { reachOf } from '../../tensorflow/operators.ts';
import { Constants, leaves } from '../../tensorflow/paths.ts';
import { placeOf } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/checkpoint-path',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'SaveV2 and RestoreV2 belong to every SavedModel and get their path from the loader. With a fixed path outside the folder they write and read the files of the machine.',
  fails: 'SaveV2 to the constant /etc/cron.d/job',
  passes: 'SaveV2 to the path that saver_filename is given',
  *check({ scopes }) {
    for (const scope of scopes) {
      const constants = new Constants(scope);
      for (const node of scope.nodes) {
        if (reachOf(node.op)?.danger !== 'checkpoint') continue;
        const path = constants.reaching({ ...node, inputs: node.inputs.slice(0, 1) }).find(leaves);
        if (path === undefined) continue;
        yield { message: `${node.op} has the fixed path ${path}`, location: placeOf(scope, node) };
      }
    }
  },
});
