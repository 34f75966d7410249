import { operations } from '../../tensorflow/operations.ts';
import { rule } from '../../rule.ts';

/** Reads or writes a file that the graph names, whenever the model runs. */
const FILES =
  /^(?:ReadFile|WriteFile|ReadFileV2|WriteAudioSummary|Save|SaveSlices|Restore|RestoreSlice|DeleteFile|CopyFile|RenameFile|CreateSummaryFileWriter|WriteGraphSummary|WriteSummary|WriteRawProtoSummary|SqlDataset|LMDBDataset|LMDBReader|DumpLaunchStats|SaveDataset\w*|DatasetToTFRecord\w*)$/;

export default rule({
  id: 'tensorflow/file-operation',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'Running the model reads or writes files of the machine. A served model needs neither; the operations of checkpoints are not meant.',
  fails: 'WriteFile in a function of the library',
  passes: 'SaveV2 and RestoreV2, which every SavedModel has',
  check: (graph) =>
    operations(graph, (op) =>
      FILES.test(op) ? 'reads or writes files when the model runs' : undefined,
    ),
});
