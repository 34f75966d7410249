import { rule } from '../../rule.ts';

export default rule({
  id: 'sharded/unlisted-tensor',
  family: 'sharded',
  severity: 'warning',
  rationale:
    'Loaders take the tensors that the index names. Others lie in the shards unread: the index, or the shard, is of another model.',
  fails: 'a shard with the tensor lm_head.weight, which the index does not name',
  passes: 'an index of every tensor in its shards',
  *check({ shards, files }) {
    for (const [file, shard] of files) {
      if (shard.kind === 'missing') continue;
      for (const { name } of shard.header.entries) {
        if (!shards.has(name))
          yield { message: `no index names it in ${file}`, location: `tensor '${name}'` };
      }
    }
  },
});
