import { effectsOf } from '../../pickle/effects.ts';
import { rule } from '../../rule.ts';

/** Values that a walk would visit. The largest real pickles have some hundred million. */
const MAX_WEIGHT = 2e9;

/** CPython's own recursion limit is a thousand where it pickles, compares or prints. */
const MAX_DEPTH = 10_000;

export default rule({
  id: 'pickle/resource-bomb',
  family: 'pickle',
  severity: 'warning',
  rationale:
    'A few bytes make the loading program allocate gigabytes, or walk a structure that never ends.',
  fails: 'a list of ten lists, each of ten lists, and so on, all the same list',
  passes: 'lists whose length stands in the file',
  *check(subject) {
    for (const { effects, start } of subject.streams) {
      const location = `byte ${start}`;
      if (effects.weight > MAX_WEIGHT) {
        const message = 'references to the same lists multiply beyond two thousand million values';
        yield { message, location };
      }
      if (effects.depth > MAX_DEPTH) {
        yield { message: `its values nest ${effects.depth} levels deep`, location };
      }
    }
    yield* effectsOf(
      subject,
      ({ sparseMemo }) => sparseMemo,
      ({ index, offset }) => ({
        message: `memo index ${index} makes CPython allocate room up to it`,
        offset,
      }),
    );
    yield* effectsOf(
      subject,
      ({ allocations }) => allocations,
      ({ count, offset }) => ({
        message: `one call makes ${count === Infinity ? 'values without end' : `${count} values`}`,
        offset,
      }),
    );
  },
});
