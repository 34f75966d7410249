import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/graph-name',
  family: 'onnx',
  severity: 'warning',
  rationale:
    "The specification asks for a name of the graph, and ONNX's own checker refuses a model without one.",
  fails: 'a graph whose name is empty',
  passes: 'a graph called main',
  *check({ model: { graph }, fields }) {
    if (fields > 0 && graph.name === '')
      yield { message: 'the graph has no name', location: 'graph' };
  },
});
