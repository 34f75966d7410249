import { nameTroubles } from '../../onnx/scope.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/undefined-value',
  family: 'onnx',
  severity: 'error',
  rationale:
    'A node or an output uses a value that nothing made before it. Nodes must stand in topological order, so this is a missing node or a wrong order.',
  fails: 'Add(x, w) where nothing makes w',
  passes: 'Add(x, w) with the initializer w',
  *check({ model }) {
    for (const { kind, ...detail } of nameTroubles(model)) if (kind === 'undefined') yield detail;
  },
});
