import { tensorsOf } from '../../../onnx/walk.ts';
import { nonFinite, ScanBudget } from '../../onnx/non-finite.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'onnx/non-finite',
  family: 'onnx',
  severity: 'warning',
  rationale:
    'NaN or infinite weights are what a diverged training leaves. One of them makes every output NaN. The first 256 KiB of each tensor are looked at, 4 MiB of a file.',
  fails: 'a weight that is NaN',
  passes: 'finite weights; a mask of zeros and -Infinity',
  *check({ model, source }) {
    const budget = new ScanBudget();
    for (const { tensor, path } of tensorsOf(model)) {
      const found = nonFinite(source, tensor, budget);
      if (found !== undefined) yield { message: `it holds ${found}`, location: path };
    }
  },
});
