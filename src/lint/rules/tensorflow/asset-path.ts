import { leaves } from '../../tensorflow/paths.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tensorflow/asset-path',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'Assets are files in the folder of the model. A path that leaves it makes the loader read any file of the machine as a vocabulary.',
  fails: 'the asset ../../../etc/passwd',
  passes: 'the asset vocabulary.txt',
  *check({ assets }) {
    for (const asset of assets) {
      if (leaves(asset)) yield { message: `the asset ${asset} lies outside the model's folder` };
    }
  },
});
