import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import { run, type RegisterResult } from './run.ts';

export const registerSnapshot: UseCase<typeof inputs, RegisterResult, keyof typeof outputs> = {
  name: 'register-snapshot',
  description: 'Register a version of a model: from then on its name means exactly these bytes.',
  inputs,
  positional: 'version',
  outputs,
  run,
  report,
};
