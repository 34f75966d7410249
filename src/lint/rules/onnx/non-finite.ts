import { DATA_TYPE, type FieldRun, type Tensor } from '../../../onnx/model.ts';
import { tensorsOf } from '../../../onnx/walk.ts';
import { FLOAT, nonFinite, ScanBudget, type FloatFormat } from '../../weights/non-finite.ts';
import { rule } from '../../rule.ts';

const FORMATS: ReadonlyMap<number, FloatFormat> = new Map<number, FloatFormat>([
  [DATA_TYPE.float, FLOAT.f32],
  [DATA_TYPE.double, FLOAT.f64],
  [DATA_TYPE.float16, FLOAT.f16],
  [DATA_TYPE.bfloat16, FLOAT.bf16],
]);

export default rule({
  id: 'onnx/non-finite',
  family: 'onnx',
  severity: 'warning',
  rationale:
    'NaN or infinite weights are what a diverged training leaves. One of them makes every output NaN. The first 256 KiB of each tensor are looked at, 4 MiB of a file; all of them with `weights: all` in the policy.',
  fails: 'a weight that is NaN',
  passes: 'finite weights; a mask of zeros and -Infinity',
  *check({ model, source, weights }) {
    const budget = new ScanBudget(weights);
    for (const { tensor, path } of tensorsOf(model)) {
      const format = FORMATS.get(tensor.dataType);
      const run = format && runOf(tensor, format);
      const found = run && nonFinite(source, run, format, budget);
      if (found !== undefined) yield { message: `it holds ${found}`, location: path };
    }
  },
});

function runOf(
  { data }: Tensor,
  { bytes }: FloatFormat,
): Pick<FieldRun, 'offset' | 'length'> | undefined {
  if (data.kind === 'file') return data;
  if (data.kind !== 'typed' || bytes === 2) return undefined;
  // float_data and double_data are packed little-endian, as raw_data is.
  return data.runs.find(({ packed }) => packed);
}
