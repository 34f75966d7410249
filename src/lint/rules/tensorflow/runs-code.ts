import { reachingNodes } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/runs-code',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'These operators leave the graph and run code of the process or of a library: what they do is not in the file, or cannot be read from it.',
  fails: 'a node PyFunc in the graph or in one of its functions',
  passes: 'a graph of operators on tensors',
  check: (model) => reachingNodes(model, 'code'),
});
