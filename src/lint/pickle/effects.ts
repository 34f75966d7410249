import type { Effects } from '../../formats/pickle/machine.ts';
import type { Detail } from '../rule.ts';
import type { PickleSubject } from '../subjects.ts';

/** A finding for each place that `places` finds in the effects of a stream. */
export function* effectsOf<T>(
  { streams }: PickleSubject,
  places: (effects: Effects) => readonly T[],
  describe: (place: T) => { readonly message: string; readonly offset: number },
): Iterable<Detail> {
  for (const { effects } of streams) {
    for (const place of places(effects)) {
      const { message, offset } = describe(place);
      yield { message, location: `byte ${offset}` };
    }
  }
}
