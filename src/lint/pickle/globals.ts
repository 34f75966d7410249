import type { Detail } from '../rule.ts';
import type { PickleSubject } from '../subjects.ts';
import { gradeGlobal, type Grade } from './grade.ts';

/** The globals of one grade that any stream of the pickle names, each once. */
export function* globalsOf(
  { streams, inContainer }: PickleSubject,
  grade: Grade['grade'],
): Iterable<Detail> {
  const seen = new Set<string>();
  for (const { effects } of streams) {
    for (const { module, name, called, offset } of effects.globals.values()) {
      const full = `${module}.${name}`;
      const found = gradeGlobal(module, name, { called, inContainer });
      if (found.grade !== grade || seen.has(full)) continue;
      seen.add(full);
      const does = called ? 'calls' : 'refers to';
      yield { message: `loading ${does} ${full}: ${found.reason}`, location: `byte ${offset}` };
    }
  }
}
