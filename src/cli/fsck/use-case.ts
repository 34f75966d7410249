import type { FsckResult } from '../../registry/fsck.ts';
import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import { run } from './run.ts';

export const fsck: UseCase<typeof inputs, FsckResult, keyof typeof outputs> = {
  name: 'fsck',
  description: 'Compare tags, ledger, manifests and blobs, and name what does not agree.',
  inputs,
  outputs,
  run,
  report,
};
