import { rule } from '../../rule.ts';

export default rule({
  id: 'sharded/missing-shard',
  family: 'sharded',
  severity: 'error',
  rationale:
    'A shard that is not there, or not where it may be, makes the model unloadable in production.',
  fails: 'an index that names model-00002-of-00002.safetensors, which was not committed',
  passes: 'an index and all of its shards in one folder',
  *check({ files }) {
    for (const [name, shard] of files) {
      if (shard.kind === 'missing')
        yield { message: `the shard ${name} cannot be read: ${shard.why}` };
    }
  },
});
