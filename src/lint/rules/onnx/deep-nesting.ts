import { graphsOf } from '../../../onnx/walk.ts';
import { rule } from '../../rule.ts';

/** Exporters nest three or four; runtimes recurse, and protobuf stops at about thirty. */
const MAX_DEPTH = 16;

export default rule({
  id: 'onnx/deep-nesting',
  family: 'onnx',
  severity: 'warning',
  rationale:
    'Runtimes walk subgraphs recursively, and protobuf refuses messages that nest too deep: the model loads in one program and not in another.',
  fails: 'thirty Ifs, each in a branch of the other',
  passes: 'a Loop with an If in its body',
  *check({ model }) {
    for (const { path, depth } of graphsOf(model)) {
      if (depth <= MAX_DEPTH) continue;
      yield {
        message: `graphs nest deeper than ${MAX_DEPTH} levels`,
        location: path.slice(0, 120),
      };
      return;
    }
  },
});
