import { operations } from '../../tensorflow/operations.ts';
import { rule } from '../../rule.ts';

/** Looks at the file system, or speaks to other machines. */
const REACHING =
  /^(?:MatchingFiles|MatchingFilesDataset|RpcCall|RpcServer\w*|RpcClient|GrpcClient|BigQuery\w*|GenerateBigQuery\w*|CollectiveV\d|TextLineReader\w*|TextLineDataset\w*|TFRecordReader\w*|TFRecordDataset\w*|FixedLengthRecord\w*|WholeFileReader\w*|IdentityReader\w*|CSVDataset\w*|ReaderRead\w*)$/;

/** Attributes that name where output goes: PrintV2 and the Debug operations take URLs. */
function sink(texts: ReadonlyMap<string, string>): string | undefined {
  for (const [key, value] of texts) {
    if (/^(?:output_stream|debug_urls)$/.test(key) && value.includes('://')) return value;
  }
  return undefined;
}

export default rule({
  id: 'tensorflow/reach',
  family: 'tensorflow',
  severity: 'warning',
  rationale:
    'Running the model lists or reads files, writes its output to a path, or speaks to another machine.',
  fails: 'PrintV2 with output_stream file:///tmp/x',
  passes: 'PrintV2 to stderr',
  check: (graph) =>
    operations(graph, (op, texts) => {
      if (REACHING.test(op)) return 'reaches for files or the network when the model runs';
      const target = sink(texts);
      return target === undefined ? undefined : `sends its output to ${target}`;
    }),
});
