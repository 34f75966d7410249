import { reachingNodes } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/file-access',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'A graph is a program: with ReadFile and WriteFile it steals or replaces any file of the machine that runs it, and TensorFlow does not ask.',
  fails: 'a node WriteFile in the graph or in one of its functions',
  passes: 'a graph that gets its data as tensors',
  check: (model) => reachingNodes(model, 'files'),
});
