/** What an operator can reach beyond the tensors of its graph. */
export interface Reach {
  readonly danger: 'code' | 'files' | 'network' | 'checkpoint';
  readonly does: string;
}

const CODE: Readonly<Record<string, string>> = {
  PyFunc: 'calls a Python function',
  PyFuncStateless: 'calls a Python function',
  EagerPyFunc: 'calls a Python function',
  _ScopedAllocatorPyFunc: 'calls a Python function',
  NumpyFunction: 'calls a Python function',
  XlaCustomCall: 'calls native code that the process has registered',
  XlaHostCompute: 'calls back into the host program',
  TRTEngineOp: 'runs a compiled TensorRT engine',
  RemoteFusedGraphExecute: 'runs a graph through a library of the device',
  Abort: 'ends the process',
};

const FILES: Readonly<Record<string, string>> = {
  ReadFile: 'reads a file',
  WriteFile: 'writes a file',
  MatchingFiles: 'lists files',
  MatchingFilesDataset: 'lists files',
  WholeFileReader: 'reads files',
  TextLineReader: 'reads files',
  FixedLengthRecordReader: 'reads files',
  TFRecordReader: 'reads files',
  LMDBReader: 'reads a database file',
  TextLineDataset: 'reads files',
  TFRecordDataset: 'reads files',
  FixedLengthRecordDataset: 'reads files',
  CSVDataset: 'reads files',
  SSTableDataset: 'reads files',
  RecordInput: 'reads files',
  LMDBDataset: 'reads a database file',
  SqlDataset: 'queries a database file',
  CacheDataset: 'writes files',
  SnapshotDataset: 'writes files',
  SaveDataset: 'writes files',
  LoadDataset: 'reads files',
  DatasetToTFRecord: 'writes a file',
  ExperimentalDatasetToTFRecord: 'writes a file',
  AudioSummaryWriter: 'writes files',
  CreateSummaryFileWriter: 'writes files',
  CreateSummaryDbWriter: 'writes a database file',
  ImmutableConst: 'maps a file into memory',
  SummaryWriter: 'writes files',
  DeleteFile: 'deletes files',
  CopyFile: 'writes a file',
  RenameFile: 'moves a file',
  LoadAndRemapMatrix: 'reads a checkpoint by its path',
  GenerateVocabRemapping: 'reads vocabulary files',
  ReaderReadV2: 'reads files',
  ReaderReadUpTo: 'reads files',
  DistributedSave: 'writes files',
  FileSystemSetConfiguration: 'changes how files are reached',
  DebugIdentityV2: 'writes tensors to a folder or address',
  DebugIdentityV3: 'writes tensors to a folder or address',
};

const NETWORK: Readonly<Record<string, string>> = {
  Rpc: 'calls a server',
  TryRpc: 'calls a server',
  DataServiceDataset: 'reads from a server',
  RegisterDataset: 'writes to a server',
  DebugIdentity: 'can send tensors to an address',
  DebugNanCount: 'can send tensors to an address',
  DebugNumericSummary: 'can send tensors to an address',
  BigQueryReader: 'reads from a server',
  BigtableClient: 'connects to a server',
  KafkaDataset: 'reads from a server',
};

/** Every SavedModel has these: they save and restore its own variables, by a path it is given. */
const CHECKPOINT = new Set(
  'Save SaveSlices SaveV2 Restore RestoreSlice RestoreV2 MergeV2Checkpoints CheckpointHasKey'.split(
    ' ',
  ),
);

const VERSIONED = /V\d+$/;

/** What an operator reaches; undefined for one that works on tensors alone. */
export function reachOf(op: string): Reach | undefined {
  if (CHECKPOINT.has(op)) return { danger: 'checkpoint', does: 'reads or writes a checkpoint' };
  const base = op.replace(VERSIONED, '');
  const tables = [
    ['code', CODE],
    ['files', FILES],
    ['network', NETWORK],
  ] as const;
  for (const [danger, table] of tables) {
    // Later versions of an operator reach what its first one did.
    for (const name of [op, base]) {
      const does = Object.hasOwn(table, name) ? table[name] : undefined;
      if (does !== undefined) return { danger, does };
    }
  }
  return ofNamespace(op);
}

/** Operators of other libraries are called `Library>Name`; what tensorflow-io offers is reading. */
function ofNamespace(op: string): Reach | undefined {
  const [library, name = ''] = op.split('>');
  if (library !== 'IO' || /^(?:Decode|Encode)/.test(name)) return undefined;
  return { danger: 'files', does: 'reads files or from a server' };
}

/** Whether the operator is part of another library, which must be loaded first. */
export function isCustom(op: string): boolean {
  return op.includes('>') || !/^_?[A-Z]\w*$/.test(op);
}
