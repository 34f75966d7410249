import { rule } from '../../rule.ts';

export default rule({
  id: 'sharded/tensor-place',
  family: 'sharded',
  severity: 'error',
  rationale:
    'Index and shards must name the same tensors: one that is missing stays at its random start in silence, and one that no index names is never loaded.',
  fails: 'an index that places a tensor in a shard which does not hold it',
  passes: 'every tensor in the shard that the index names',
  *check({ shards, files }) {
    const held = new Map<string, ReadonlySet<string>>();
    for (const [file, shard] of files) {
      if (shard.kind === 'missing' || shard.header.dataOffset === undefined) continue;
      held.set(file, new Set(shard.header.entries.map(({ name }) => name)));
    }
    for (const [tensor, file] of shards) {
      if (held.get(file)?.has(tensor) ?? true) continue;
      yield { message: `${file} does not hold it`, location: `tensor '${tensor}'` };
    }
  },
});
