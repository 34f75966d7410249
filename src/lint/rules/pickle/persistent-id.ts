import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/persistent-id',
  family: 'pickle',
  severity: 'warning',
  rationale:
    'A persistent id asks the program that loads for an object from elsewhere. Beside tensors in a torch archive that is normal; in a plain pickle it is not.',
  fails: 'PERSID in a plain pickle',
  passes: "('storage', ...) in the data.pkl of a torch archive",
  *check({ streams, inContainer, legacyTorch }) {
    if (inContainer || legacyTorch) return;
    for (const { effects } of streams) {
      const [offset] = effects.persistentIds;
      if (offset === undefined) continue;
      yield {
        message: 'loading asks for an object by a persistent id',
        location: `byte ${offset}`,
      };
    }
  },
});
