import { rule } from '../../rule.ts';

export default rule({
  id: 'safetensors/unknown-key',
  family: 'safetensors',
  severity: 'warning',
  rationale:
    'The entry of a tensor has a dtype, a shape and offsets. Readers skip anything else, so nobody sees what is kept there.',
  fails: '"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "loader": "..."}',
  passes: 'notes in __metadata__',
  *check({ entries }) {
    for (const { name, unknownKeys } of entries) {
      if (unknownKeys.length === 0) continue;
      const message = `it has unknown keys: ${unknownKeys.slice(0, 5).join(', ')}`;
      yield { message, location: `tensor '${name}'` };
    }
  },
});
