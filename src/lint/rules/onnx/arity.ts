import { knownNodes } from '../../onnx/operators.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/arity',
  family: 'onnx',
  severity: 'error',
  rationale: 'The operator takes another number of inputs or makes another number of outputs.',
  fails: 'Add with one input',
  passes: 'Add with two inputs',
  *check({ model }) {
    for (const { node, path, signature } of knownNodes(model)) {
      for (const side of ['inputs', 'outputs'] as const) {
        const { min, max } = signature[side];
        const { length } = node[side];
        if (length >= min && length <= max) continue;
        const range = min === max ? String(min) : `${min} to ${max === Infinity ? 'any' : max}`;
        yield {
          message: `${node.opType} has ${length} ${side} instead of ${range}`,
          location: path,
        };
      }
    }
  },
});
