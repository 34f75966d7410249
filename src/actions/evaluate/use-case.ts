import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import { run, type EvaluateResult } from './run.ts';

export const evaluate: UseCase<typeof inputs, EvaluateResult, keyof typeof outputs> = {
  name: 'evaluate',
  description:
    'Compare a candidate model with its baseline on the same examples and decide by the gates of the policy.',
  inputs,
  positional: 'model',
  outputs,
  run,
  report,
};
