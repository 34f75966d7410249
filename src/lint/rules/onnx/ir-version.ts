import { NEWEST_IR } from '../../../onnx/operators.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/ir-version',
  family: 'onnx',
  severity: 'error',
  rationale:
    'The IR version tells what the other fields mean. Without one, or with one from the future, a runtime refuses the model.',
  fails: 'no ir_version; ir_version 99',
  passes: 'ir_version 8',
  *check({ model, fields }) {
    if (fields === 0) return;
    if (model.irVersion < 1) yield { message: 'the model has no ir_version' };
    else if (model.irVersion > NEWEST_IR) {
      yield {
        message: `IR version ${model.irVersion} is newer than ${NEWEST_IR}, the newest known`,
      };
    }
  },
});
