import { Constants, leaves } from '../../tensorflow/paths.ts';
import { placeOf, reachingNodes } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/file-access',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'A graph is a program: with ReadFile and WriteFile it steals or replaces any file of the machine that runs it, and TensorFlow does not ask.',
  fails: 'a node WriteFile in the graph or in one of its functions',
  passes: 'a graph that gets its data as tensors',
  *check(model) {
    yield* reachingNodes(model, 'files');
    // A vocabulary of the model is one of its assets, whose path the loader gives.
    if (model.assets.length > 0) return;
    for (const scope of model.scopes) {
      const constants = new Constants(scope);
      for (const node of scope.nodes) {
        if (!/^InitializeTableFromTextFile(?:V2)?$/.test(node.op)) continue;
        const path = constants.reaching({ ...node, inputs: node.inputs.slice(1) }).find(leaves);
        if (path === undefined) continue;
        const message = `the operator ${node.op} reads the fixed path ${path}`;
        yield { message, location: placeOf(scope, node) };
      }
    }
  },
});
