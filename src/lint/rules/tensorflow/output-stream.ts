import { placeOf } from '../../tensorflow/reaching.ts';
import { rule } from '../../rule.ts';

/** Attributes that name where something goes to or comes from, and the values that reach nothing. */
const STREAMS: readonly { attribute: string; harmless: RegExp; does: string }[] = [
  { attribute: 'output_stream', harmless: /^(?:stdout|stderr|log\(\w+\))$/, does: 'writes to' },
  { attribute: 'descriptor_source', harmless: /^(?:local:\/\/|bytes:\/\/|$)/, does: 'reads' },
  { attribute: 'debug_urls', harmless: /^$/, does: 'sends tensors to' },
];

export default rule({
  id: 'tensorflow/output-stream',
  family: 'tensorflow',
  severity: 'error',
  rationale:
    'Operators that look harmless take a file or an address as a setting: PrintV2 with a file:// stream writes any text to any path.',
  fails: 'PrintV2 with output_stream file:///home/user/.bashrc',
  passes: 'PrintV2 with output_stream stderr',
  *check({ scopes }) {
    for (const scope of scopes) {
      for (const node of scope.nodes) {
        for (const { attribute, harmless, does } of STREAMS) {
          const values = node.attributes.get(attribute)?.strings ?? [];
          const reached = values.find((value) => !harmless.test(value));
          if (reached === undefined) continue;
          yield { message: `${node.op} ${does} ${reached}`, location: placeOf(scope, node) };
        }
      }
    }
  },
});
