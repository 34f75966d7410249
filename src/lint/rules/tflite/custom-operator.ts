import { rule } from '../../rule.ts';

/** Custom operators that come with TensorFlow Lite itself, or with its Flex delegate. */
const OWN =
  /^(?:Flex\w+|TFLite_Detection_PostProcess|MaxPoolingWithArgmax2D|MaxUnpooling2D|Convolution2DTransposeBias|AudioSpectrogram|Mfcc)$/;

export default rule({
  id: 'tflite/custom-operator',
  family: 'tflite',
  severity: 'info',
  rationale:
    'A custom operator runs native code that the application must bring: the model is only as safe as that code.',
  fails: 'a custom operator MyOperator',
  passes: 'operators of TensorFlow Lite alone',
  *check({ operatorCodes }) {
    for (const [index, code] of operatorCodes.entries()) {
      if (!code?.custom || OWN.test(code.custom)) continue;
      yield {
        message: `the operator ${code.custom} is not TensorFlow Lite's`,
        location: `operator_codes[${index}]`,
      };
    }
  },
});
