import { isKnownDomain } from '../../../onnx/operators.ts';
import { nodesOf } from '../../../onnx/walk.ts';
import { domainOf, functionNames } from '../../onnx/operators.ts';
import { rule } from '../../rule.ts';

/** Built into ONNX Runtime. */
const RUNTIME_DOMAINS =
  /^(?:com\.microsoft(?:\.nchwc|\.experimental|\.internal|\.dml)?|com\.ms\.internal\.nhwc)$/;

export default rule({
  id: 'onnx/custom-domain',
  family: 'onnx',
  severity: 'warning',
  rationale:
    'Operators of another domain run only where somebody loaded a native library that has them: the model is not portable, and that library is code outside this review.',
  fails: 'ATen of org.pytorch.aten',
  passes: 'operators of ai.onnx, of com.microsoft, or defined as functions in the model',
  *check({ model }) {
    const own = functionNames(model);
    const seen = new Set<string>();
    for (const { node, path } of nodesOf(model)) {
      const domain = domainOf(node.domain);
      const isBuiltIn =
        RUNTIME_DOMAINS.test(domain) && node.opType !== 'ATen' && node.opType !== 'ATenOp';
      if (isKnownDomain(domain) || isBuiltIn || own.has(`${domain}:${node.opType}`)) continue;
      if (seen.has(`${domain}:${node.opType}`)) continue;
      seen.add(`${domain}:${node.opType}`);
      yield { message: `${node.opType} is an operator of ${domain}`, location: path };
    }
  },
});
