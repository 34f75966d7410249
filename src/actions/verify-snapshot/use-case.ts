import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import type { VerifyResult } from './result.ts';
import { run } from './run.ts';

export const verifySnapshot: UseCase<typeof inputs, VerifyResult, keyof typeof outputs> = {
  name: 'verify-snapshot',
  description:
    'Fetch a registered version and check every byte before anything is put in its place.',
  inputs,
  positional: 'version',
  outputs,
  run,
  report,
};
