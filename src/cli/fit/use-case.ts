import type { UseCase } from '../../runner/use-case.ts';
import type { FitResult } from '../../training/fit.ts';
import { inputs } from './inputs.ts';
import { report } from './report.ts';
import { run } from './run.ts';

export const fit: UseCase<typeof inputs, FitResult, 'model'> = {
  name: 'fit',
  description: 'Train an ONNX model here, out of a short description',
  inputs,
  positional: 'spec',
  outputs: { model: 'The ONNX file that was written; empty where training was stopped' },
  run,
  report,
};
