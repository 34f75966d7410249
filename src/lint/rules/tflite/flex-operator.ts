import { reachOf } from '../../tensorflow/operators.ts';
import { rule } from '../../rule.ts';

/** Custom operators of this prefix are TensorFlow's own, run by the Flex delegate. */
const FLEX = 'Flex';

export default rule({
  id: 'tflite/flex-operator',
  family: 'tflite',
  severity: 'error',
  rationale:
    'The Flex delegate runs operators of TensorFlow within a Lite model, those that read and write files included.',
  fails: 'a custom operator FlexWriteFile',
  passes: 'a custom operator FlexAddV2',
  *check({ operatorCodes }) {
    for (const [index, code] of operatorCodes.entries()) {
      if (!code?.custom.startsWith(FLEX)) continue;
      const reach = reachOf(code.custom.slice(FLEX.length));
      if (!reach) continue;
      yield {
        message: `the operator ${code.custom} ${reach.does}`,
        location: `operator_codes[${index}]`,
      };
    }
  },
});
