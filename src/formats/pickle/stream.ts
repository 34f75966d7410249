import { Problems } from '../problem.ts';
import type { Source } from '../source.ts';
import { Cursor, StreamEnd } from './cursor.ts';
import { HANDLERS } from './handlers.ts';
import { Machine, StreamAborted, type Effects } from './machine.ts';

/** One pickle: from its first opcode to its STOP, or to where it breaks off. */
export interface PickleStream {
  readonly start: number;
  readonly end: number;
  readonly protocol: number;
  readonly stopped: boolean;
  readonly effects: Effects;
}

/** Walks one stream; what is wrong with it is added to `problems`. */
export function readStream(
  source: Source,
  start: number,
  end: number,
  problems: Problems,
): PickleStream {
  const machine = new Machine(new Cursor(source, start, end), problems, {
    inner: (from, effects) => {
      const stream = readStream(source, from, end, problems);
      addEffects(effects, stream.effects);
      return stream.end;
    },
    otherwise: (from, to) => {
      readOtherwise(machine, from, to);
    },
  });
  run(machine);
  const { protocol, stopped, effects, cursor } = machine;
  return { start, end: cursor.offset, protocol, stopped, effects };
}

function addGlobals(effects: Effects, inner: Effects): void {
  for (const [key, found] of inner.globals) {
    const known = effects.globals.get(key);
    if (known) {
      known.called ||= found.called;
      known.made ||= found.made;
      known.lookedUp ||= found.lookedUp;
    } else {
      effects.globals.set(key, found);
    }
  }
}

/** Adds what an inner stream does to what its outer one does. */
function addEffects(effects: Effects, inner: Effects): void {
  addGlobals(effects, inner);
  const lists = ['dynamicGlobals', 'indirectCalls', 'persistentIds', 'outOfBand'] as const;
  for (const list of lists) effects[list].push(...inner[list]);
  effects.mutations.push(...inner.mutations);
  effects.injected.push(...inner.injected);
  effects.extensions.push(...inner.extensions);
  effects.nested.push(...inner.nested);
  effects.sparseMemo.push(...inner.sparseMemo);
  effects.allocations.push(...inner.allocations);
}

/**
 * What bytes do that one loader skips and another runs: the values of an array, for joblib and for
 * pickle itself. Only imports count; nearly all values are no opcodes.
 */
function readOtherwise(machine: Machine, start: number, end: number): void {
  const cursor = new Cursor(machine.source, start, end);
  const second = new Machine(cursor, new Problems(), { other: machine });
  run(second);
  if (isDeliberate(second)) addGlobals(machine.effects, second.effects);
}

function run(machine: Machine): void {
  const { cursor } = machine;
  try {
    while (!machine.stopped) {
      machine.at = cursor.offset;
      const opcode = cursor.uint8();
      const handler = HANDLERS[opcode];
      if (handler) handler(machine);
      else
        machine.abort('malformed', `byte 0x${opcode.toString(16).padStart(2, '0')} is no opcode`);
    }
  } catch (thrown) {
    if (thrown instanceof StreamEnd) {
      machine.problems.add('truncated', 'the pickle ends without STOP', machine.at);
    } else if (!(thrown instanceof StreamAborted)) {
      throw thrown;
    }
  }
}

/** Whether a stream imports something, by names that are ones: random bytes almost never do. */
export function isDeliberate({ effects }: Pick<PickleStream, 'effects'>): boolean {
  const names = [...effects.globals.values()];
  return (
    names.length > 0 &&
    names.every(({ module, name }) => /^[\w.]+ [\w.]+$/.test(`${module} ${name}`))
  );
}
