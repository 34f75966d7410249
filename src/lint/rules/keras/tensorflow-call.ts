import { CALLING_LAYERS, reachesOut } from '../../keras/tensorflow-call.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'keras/tensorflow-call',
  family: 'keras',
  severity: 'error',
  rationale:
    'Keras 2 turns a call such as tf.io.write_file on a layer into a TFOpLambda layer, which calls it by name whenever the model runs.',
  fails: 'TFOpLambda with "function": "io.write_file"',
  passes: 'TFOpLambda with "function": "math.multiply"',
  *check({ references }) {
    for (const { name, config, path } of references) {
      if (!CALLING_LAYERS.has(name) || typeof config !== 'object' || config === null) continue;
      const called: unknown = Reflect.get(config, 'function');
      if (typeof called === 'string' && reachesOut(called)) {
        yield { message: `the model calls tf.${called}`, location: path };
      }
    }
  },
});
