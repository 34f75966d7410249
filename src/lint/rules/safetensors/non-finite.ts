import { FLOAT, nonFinite, ScanBudget, type FloatFormat } from '../../weights/non-finite.ts';
import { rule } from '../../rule.ts';

const FORMATS: ReadonlyMap<string, FloatFormat> = new Map<string, FloatFormat>([
  ['F16', FLOAT.f16],
  ['BF16', FLOAT.bf16],
  ['F32', FLOAT.f32],
  ['F64', FLOAT.f64],
]);

export default rule({
  id: 'safetensors/non-finite',
  family: 'safetensors',
  severity: 'warning',
  rationale:
    'NaN or infinite weights are what a diverged training leaves. One of them makes every output NaN. The first 256 KiB of each tensor are looked at, 4 MiB of a file; all of them with `weights: all` in the policy.',
  fails: 'a weight that is NaN',
  passes: 'finite weights; a mask of zeros and -Infinity',
  *check({ entries, source, dataOffset, weights }) {
    if (dataOffset === undefined) return;
    const budget = new ScanBudget(weights);
    for (const { name, dtype, begin, end } of entries) {
      const format = FORMATS.get(dtype);
      if (!format || end <= begin) continue;
      const run = { offset: dataOffset + begin, length: end - begin };
      const found = nonFinite(source, run, format, budget);
      if (found !== undefined) yield { message: `it holds ${found}`, location: `tensor '${name}'` };
    }
  },
});
