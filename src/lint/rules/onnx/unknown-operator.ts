import { signatureAt, versionsOf } from '../../../onnx/operators.ts';
import { nodesOf } from '../../../onnx/walk.ts';
import { standardNodes } from '../../onnx/operators.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/unknown-operator',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The operator does not exist in the opset that the model imports: not yet, no longer, or not at all. No runtime loads it.',
  fails: 'Mish in opset 13; Upsample in opset 13; an operator without a name',
  passes: 'Mish in opset 18',
  *check({ model }) {
    for (const { node, path } of nodesOf(model)) {
      if (node.opType === '') yield { message: 'the node has no op_type', location: path };
    }
    for (const { node, path, opset, domain } of standardNodes(model)) {
      if (node.opType === '') continue;
      const signature = signatureAt(domain, node.opType, opset);
      if (signature && !signature.deprecated) continue;
      const [first] = versionsOf(domain, node.opType);
      const why = signature
        ? `was removed in opset ${signature.since}`
        : first
          ? `came with opset ${first.since}`
          : 'does not exist';
      yield { message: `${node.opType} ${why}; the model imports opset ${opset}`, location: path };
    }
  },
});
