import { isCustom } from '../../tensorflow/operators.ts';
import { placeOf } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/custom-operator',
  family: 'tensorflow',
  severity: 'info',
  rationale:
    'An operator of another library runs native code that must be installed first: the model is only as safe as that library.',
  fails: 'a node of the operator Addons>Sparsemax',
  passes: "a node of the operator Softmax, which is TensorFlow's own",
  *check({ scopes }) {
    const functions = new Set(scopes.map(({ name }) => name));
    const named = new Set<string>();
    for (const scope of scopes) {
      for (const node of scope.nodes) {
        if (!isCustom(node.op) || functions.has(node.op) || named.has(node.op)) continue;
        named.add(node.op);
        yield {
          message: `the operator ${node.op} is not TensorFlow's`,
          location: placeOf(scope, node),
        };
      }
    }
  },
});
