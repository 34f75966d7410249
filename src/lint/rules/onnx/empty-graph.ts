import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/empty-graph',
  family: 'onnx',
  severity: 'error',
  rationale: 'A model without outputs computes nothing that anybody could read.',
  fails: 'a graph without outputs',
  passes: 'a graph with the output y',
  *check({ model: { graph }, fields }) {
    if (fields === 0) return;
    if (graph.outputs.length === 0)
      yield { message: 'the graph has no outputs', location: 'graph' };
    else if (graph.nodes.length === 0 && graph.initializers.length === 0) {
      yield { message: 'the graph has no nodes', location: 'graph' };
    }
  },
});
