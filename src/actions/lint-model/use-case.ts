import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import { run, type LintResult } from './run.ts';

export const lintModel: UseCase<typeof inputs, LintResult, keyof typeof outputs> = {
  name: 'lint-model',
  description:
    'Read model files and cards without running anything in them, and say what is unsafe, broken or missing.',
  inputs,
  positional: 'paths',
  outputs,
  run,
  report,
};
