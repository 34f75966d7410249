import { rule } from '../../rule.ts';

export default rule({
  id: 'sharded/total-size',
  family: 'sharded',
  severity: 'warning',
  rationale: 'The index was written for other shards: one of them was replaced, or the index was.',
  fails: 'total_size 99 for shards with 32 bytes of tensors',
  passes: 'total_size 32 for them',
  *check({ totalSize, files }) {
    let total = 0;
    for (const shard of files.values()) {
      if (shard.kind === 'missing') return;
      for (const { begin, end } of shard.header.entries) total += end - begin;
    }
    if (totalSize === undefined || totalSize === total) return;
    yield { message: `total_size is ${totalSize} and the shards hold ${total} bytes of tensors` };
  },
});
