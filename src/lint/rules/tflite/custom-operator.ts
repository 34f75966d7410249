import { rule } from '../../rule.ts';

/** Operators that the task libraries and MediaPipe bring along. */
const COMMON =
  /^(?:TFLite_\w+|MaxPoolingWithArgmax2D|MaxUnpooling2D|Convolution2DTransposeBias|Mfcc|AudioSpectrogram|TfLite\w+|tftext:\w+|CUSTOM_\w+)$/;

export default rule({
  id: 'tflite/custom-operator',
  family: 'tflite',
  severity: 'warning',
  rationale:
    'A custom operator is native code that the application must bring; Flex operators run TensorFlow itself, with its operations on files and Python.',
  fails: 'FlexPyFunc',
  passes: 'CONV_2D',
  *check({ customOperators }) {
    for (const name of new Set(customOperators)) {
      if (!COMMON.test(name)) yield { message: `the model needs the custom operator ${name}` };
    }
  },
});
