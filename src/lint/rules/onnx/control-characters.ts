import { graphsOf, nodesOf } from '../../../onnx/walk.ts';
import { rule } from '../../rule.ts';

/** Bidirectional overrides count: they make a name read as another. */
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

export default rule({
  id: 'onnx/control-characters',
  family: 'onnx',
  severity: 'warning',
  rationale:
    'Names end up in logs and reports. Escape sequences and line breaks in them forge log lines and hide others.',
  fails: 'an input called ESC[2J',
  passes: 'an input called images',
  *check({ model }) {
    for (const { graph, path } of graphsOf(model)) {
      const names = [
        graph.name,
        ...[...graph.inputs, ...graph.outputs, ...graph.initializers].map(({ name }) => name),
      ];
      if (names.some((name) => CONTROL.test(name))) {
        yield { message: 'a name of the graph has control characters', location: path };
      }
    }
    for (const { node, path } of nodesOf(model)) {
      if (
        ![node.name, node.opType, node.domain, ...node.outputs].some((name) => CONTROL.test(name))
      )
        continue;
      yield { message: 'a name of the node has control characters', location: path };
    }
  },
});
