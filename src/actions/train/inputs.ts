import { REPORT_FOLDER } from '../../registry/evidence.ts';
import { flag, integer, lines, onDisk, optionalText, text } from '../../runner/inputs.ts';

export const inputs = {
  targets: lines(
    'Stages to run, with all that they depend on; every stage by default',
    '',
    'STAGE',
  ),
  force: flag('Run the stages even where nothing changed'),
  single: flag('Run the targets alone, without what they depend on'),
  jobs: integer(
    'How many stages may run at once; 0 for one a processor core',
    { min: 0, max: 1024 },
    0,
  ),
  'keep-going': flag('After a failure, still run the stages that do not depend on the failed one'),
  grace: integer(
    'Seconds that a stage has to save a checkpoint and end when the job is cancelled; GitHub gives 7.5 in all',
    { min: 0, max: 3600 },
    5,
  ),
  checkpoints: onDisk(
    optionalText(
      'A folder that outlives this machine, where the checkpoints of stages are kept; .dvc/cache/checkpoints by default',
      'FOLDER',
    ),
  ),
  dry: flag('Tell what would run, and why, and run nothing'),
  cache: flag(
    'Keep what the pipeline made in the cache of the runner, as a hint for the next job',
    true,
  ),
  'report-dir': onDisk(text('Where the evidence is written', REPORT_FOLDER, 'FOLDER')),
};
