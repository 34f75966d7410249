import type { Tensorflow } from '../../formats/tensorflow.ts';
import type { Detail } from '../rule.ts';

/** A finding for each kind of operation that `why` has a reason against, at its first place. */
export function* operations(
  { nodes }: Tensorflow,
  why: (op: string, texts: ReadonlyMap<string, string>) => string | undefined,
): Iterable<Detail> {
  const seen = new Set<string>();
  for (const { name, op, function: definition, texts } of nodes) {
    const reason = seen.has(op) ? undefined : why(op, texts);
    if (reason === undefined) continue;
    seen.add(op);
    const location = definition ? `node '${name}' of function '${definition}'` : `node '${name}'`;
    yield { message: `the operation ${op} ${reason}`, location };
  }
}
