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
      'A folder that outlives this machine, where the checkpoints of stages are kept; a folder of the store by default, and .dvc/cache/checkpoints without one',
      'FOLDER',
    ),
  ),
  dry: flag('Tell what would run, and why, and run nothing'),
  cache: flag(
    'Keep what the pipeline made for other jobs: on the disk of the machine, and in the Actions cache as a hint',
    true,
  ),
  'machine-cache': onDisk(
    optionalText(
      "The folder that the jobs of this machine share; one in the runner's tool cache by default",
      'FOLDER',
    ),
  ),
  'machine-cache-limit': integer(
    'How large the folder that the jobs of this machine share may grow, in GB',
    { min: 1, max: 1_000_000 },
    50,
  ),
  store: onDisk(
    optionalText(
      'A folder where outputs are kept for good, in the layout of a DVC remote; the default remote of DVC is only read',
      'FOLDER',
    ),
  ),
  'report-dir': onDisk(text('Where the evidence is written', REPORT_FOLDER, 'FOLDER')),
};
