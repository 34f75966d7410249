import type { Problem } from '../formats/problem.ts';
import type { Detail } from './rule.ts';
import type { StructureSubject } from './subjects.ts';

/** The problems of one kind, as findings name them. */
export function* problemsOf(
  { problems }: StructureSubject,
  kind: Problem['kind'],
): Iterable<Detail> {
  for (const { message, offset, path, kind: found } of problems) {
    if (found === kind)
      yield { message, location: path ? `${path}, byte ${offset}` : `byte ${offset}` };
  }
}
