import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import { run, type TrainResult } from './run.ts';

export const train: UseCase<typeof inputs, TrainResult, keyof typeof outputs> = {
  name: 'train',
  description: 'Run the stages of dvc.yaml that must run, and no others.',
  inputs,
  positional: 'targets',
  outputs,
  run,
  report,
};
