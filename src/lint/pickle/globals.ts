import type { Effects } from '../../formats/pickle/machine.ts';
import type { GlobalName } from '../../formats/pickle/values.ts';
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
    for (const global of effects.globals.values()) {
      const { module, name, called, made, lookedUp, offset } = global;
      // What getattr looked up is graded by its own name.
      if (lookedUp && !called) continue;
      const full = `${module}.${name}`;
      const found = gradeGlobal(
        { module, name, called, made, owner: ownerOf(global, effects) },
        inContainer,
      );
      if (found.grade !== grade || seen.has(full)) continue;
      seen.add(full);
      const does = called ? 'calls' : made ? 'makes an object of' : 'refers to';
      yield { message: `loading ${does} ${full}: ${found.reason}`, location: `byte ${offset}` };
    }
  }
}

/** The class that a dotted name goes through, where the same stream makes objects of it. */
function ownerOf(
  { module, name, owner }: GlobalName,
  { globals }: Effects,
): GlobalName | undefined {
  return owner ?? globals.get(`${module}\n${name.slice(0, Math.max(0, name.lastIndexOf('.')))}`);
}
