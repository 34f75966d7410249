import { nameTroubles } from '../../onnx/scope.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/duplicate-value',
  family: 'onnx',
  severity: 'error',
  rationale:
    'Every value has one name and is made once (SSA). Where two nodes make it, runtimes differ in which one counts.',
  fails: 'two nodes with the output y',
  passes: 'two nodes with the outputs y and z',
  *check({ model }) {
    for (const { kind, ...detail } of nameTroubles(model)) if (kind === 'duplicate') yield detail;
  },
});
