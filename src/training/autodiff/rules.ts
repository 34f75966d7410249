import { arithmetic } from './arithmetic.ts';
import { convolution } from './convolution.ts';
import { einsums } from './einsum.ts';
import { elementwiseRules } from './elementwise.ts';
import { gathering } from './gather.ts';
import { matrix } from './matrix.ts';
import { normalization } from './normalization.ts';
import { pooling } from './pooling.ts';
import { reductions } from './reduction.ts';
import { rearrangements } from './rearrange.ts';
import { resizing } from './resize.ts';
import type { GradientRule, RuleFamily } from './rule.ts';
import { shapeRules } from './shape.ts';
import { scattering } from './scatter.ts';
import { softmaxRules } from './softmax.ts';
import { trigonometry } from './trigonometry.ts';

const families: readonly RuleFamily[] = [
  arithmetic,
  convolution,
  einsums,
  elementwiseRules,
  gathering,
  matrix,
  normalization,
  pooling,
  rearrangements,
  reductions,
  resizing,
  scattering,
  shapeRules,
  softmaxRules,
  trigonometry,
];

/** Every gradient rule, by operator of the default domain. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  families.flatMap((family) => Object.entries(family)),
);

/** Operators whose outputs do not change with small changes of their inputs: no gradient passes. */
export const CONSTANT_OPERATORS: ReadonlySet<string> = new Set([
  'And',
  'ArgMax',
  'ArgMin',
  'Ceil',
  'Constant',
  'ConstantOfShape',
  'BitwiseAnd',
  'BitwiseNot',
  'BitwiseOr',
  'BitwiseXor',
  'Equal',
  'EyeLike',
  'Floor',
  'Greater',
  'GreaterOrEqual',
  'Hardmax',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'NonZero',
  'Not',
  'OneHot',
  'Or',
  'Range',
  'Round',
  'Shape',
  'Sign',
  'Size',
  'Xor',
]);
