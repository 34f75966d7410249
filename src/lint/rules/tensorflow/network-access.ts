import { reachingNodes } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/network-access',
  family: 'tensorflow',
  severity: 'error',
  rationale: 'A model that talks to a server can send what it sees, or be told what to answer.',
  fails: 'a node Rpc in the graph or in one of its functions',
  passes: 'a graph that gets its data as tensors',
  check: (model) => reachingNodes(model, 'network'),
});
