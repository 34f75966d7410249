import { arithmetic } from './arithmetic.ts';
import { convolution } from './convolution.ts';
import { elementwiseRules } from './elementwise.ts';
import { gathering } from './gather.ts';
import { matrix } from './matrix.ts';
import { normalization } from './normalization.ts';
import { pooling } from './pooling.ts';
import { reductions } from './reduction.ts';
import type { GradientRule, RuleFamily } from './rule.ts';
import { shapeRules } from './shape.ts';
import { softmaxRules } from './softmax.ts';

const families: readonly RuleFamily[] = [
  arithmetic,
  convolution,
  elementwiseRules,
  gathering,
  matrix,
  normalization,
  pooling,
  reductions,
  shapeRules,
  softmaxRules,
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
  'Equal',
  'EyeLike',
  'Floor',
  'Greater',
  'GreaterOrEqual',
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
