import { knownNodes, type KnownNode } from '../../onnx/operators.ts';
import { rule, type Detail } from '../../rule.ts';

export default rule({
  id: 'onnx/attribute',
  family: 'onnx',
  severity: 'error',
  rationale:
    'An attribute is missing, of another type, or not one of the operator: runtimes refuse the model or take a default that was not meant.',
  fails: 'Softmax with axis = "one"',
  passes: 'Softmax with axis = 1',
  *check({ model }) {
    for (const known of knownNodes(model)) yield* checkNode(known);
  },
});

function* checkNode({ node, path, signature }: KnownNode): Iterable<Detail> {
  for (const [name, { type }] of node.attributes) {
    const expected = signature.attributes.get(name);
    if (!expected) {
      // Exporters leave notes for themselves in attributes; the checker lets two underscores pass.
      if (name.startsWith('__')) continue;
      yield { message: `${node.opType} has no attribute '${name}'`, location: path };
    } else if (type !== expected.type && type !== 'reference' && expected.type !== 'other') {
      const message = `attribute '${name}' of ${node.opType} is ${type} instead of ${expected.type}`;
      yield { message, location: path };
    }
  }
  for (const [name, { required }] of signature.attributes) {
    if (!required || node.attributes.has(name)) continue;
    yield { message: `${node.opType} lacks its attribute '${name}'`, location: path };
  }
}
