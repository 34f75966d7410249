import { operations } from '../../tensorflow/operations.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/python-operation',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'The graph calls Python functions or loads native code of the process that runs it: what it does does not stand in the file.',
  fails: 'PyFunc, EagerPyFunc',
  passes: 'MatMul, Conv2D',
  check: (graph) =>
    operations(graph, (op) =>
      /^(?:Py(?:Func|FuncStateless)|EagerPyFunc|NumpyFunction|LoadLibrary|XlaCustomCall\w*|ExecuteTFExecutor)$/.test(
        op,
      )
        ? 'calls code outside of the graph'
        : undefined,
    ),
});
