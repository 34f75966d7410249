import { NEWEST_OPSET } from '../../../onnx/operators.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/unknown-opset',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The operators of an opset that is newer than the newest known could not be checked; today no runtime loads it.',
  fails: 'opset 9999',
  passes: 'opset 21',
  unread: true,
  *check({ model }) {
    for (const { domain, version } of model.opsetImports) {
      const newest = NEWEST_OPSET[domain];
      if (newest === undefined || version <= newest) continue;
      yield {
        message: `opset ${version} of ${domain || 'ai.onnx'} is newer than ${newest}, the newest known`,
      };
    }
  },
});
