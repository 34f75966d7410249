import { skipArray } from './joblib.ts';
import { lookUp } from './look-up.ts';
import { note, type Handlers, type Machine } from './machine.ts';
import { OP } from './opcodes.ts';
import { loadPersistent } from './persistent.ts';
import { Dictionary, GlobalName, Instance, OPAQUE, Tuple, type Value } from './values.ts';

/** Items of an argument list that are kept. */
const KEPT_ARGUMENTS = 12;

export const callHandlers: Handlers = [
  [
    OP.GLOBAL,
    (m) => {
      m.push(m.reference(m.cursor.lineText(), m.cursor.lineText()));
    },
  ],
  [OP.STACK_GLOBAL, stackGlobal],
  [OP.REDUCE, reduce],
  [OP.NEWOBJ, newObject],
  [
    OP.NEWOBJ_EX,
    (m) => {
      m.pop();
      newObject(m);
    },
  ],
  [OP.INST, instance],
  [OP.OBJ, object],
  [OP.BUILD, build],
  [
    OP.PERSID,
    (m) => {
      m.cursor.line();
      persistent(m, OPAQUE);
    },
  ],
  [
    OP.BINPERSID,
    (m) => {
      persistent(m, m.pop());
    },
  ],
  [
    OP.EXT1,
    (m) => {
      extension(m, m.cursor.uint8());
    },
  ],
  [
    OP.EXT2,
    (m) => {
      extension(m, m.cursor.uint16());
    },
  ],
  [
    OP.EXT4,
    (m) => {
      extension(m, m.cursor.int32());
    },
  ],
  [
    OP.NEXT_BUFFER,
    (m) => {
      note(m.effects.outOfBand, m.at);
      m.push(OPAQUE);
    },
  ],
  [
    OP.READONLY_BUFFER,
    (m) => {
      m.top();
    },
  ],
];

function stackGlobal(machine: Machine): void {
  const name = machine.textOf(machine.pop());
  const module = machine.textOf(machine.pop());
  if (name !== undefined && module !== undefined) {
    machine.push(machine.reference(module, name));
    return;
  }
  note(machine.effects.dynamicGlobals, machine.at);
  machine.push(OPAQUE);
}

function call(machine: Machine, callable: Value, given: Value): Value {
  return lookUp(machine, callable, given) ?? machine.call(callable, given);
}

function reduce(machine: Machine): void {
  const given = machine.pop();
  machine.push(call(machine, machine.pop(), given));
}

function newObject(machine: Machine): void {
  const given = machine.pop();
  machine.push(machine.make(machine.pop(), given));
}

function instance(machine: Machine): void {
  const target = machine.reference(machine.cursor.lineText(), machine.cursor.lineText());
  machine.push(call(machine, target, takeArguments(machine, machine.popMark())));
}

function object(machine: Machine): void {
  const start = machine.popMark();
  const target = machine.stack[start];
  if (target === undefined) machine.wrong('makes an object of no class');
  machine.push(call(machine, target ?? OPAQUE, takeArguments(machine, start + 1, start)));
}

function takeArguments(machine: Machine, start: number, cutAt = start): Value {
  const items = machine.stack.slice(start, start + KEPT_ARGUMENTS);
  return new Tuple(items, machine.cut(cutAt));
}

/** Methods that Python calls by itself: whoever may set them on an object runs what they name. */
const SPECIAL_METHODS =
  /^__(?!dict__$|slots__$|doc__$|module__$|version__$|name__$|qualname__$|weakref__$|orig_class__$|pydantic|annotations__$)\w+__$/;

function build(machine: Machine): void {
  const state = machine.pop();
  const target = machine.top();
  if (target instanceof GlobalName) {
    const name = `${target.module}.${target.name}`;
    note(machine.effects.mutations, { offset: machine.at, target: name });
    return;
  }
  for (const entries of dictionariesOf(state)) {
    for (const key of entries.entries.keys()) {
      if (SPECIAL_METHODS.test(key)) note(machine.effects.injected, { offset: machine.at, key });
    }
  }
  if (!(target instanceof Instance)) return;
  target.state = state;
  skipArray(machine, target);
}

/** BUILD takes a dictionary, or a pair of one for the object and one for its slots. */
function dictionariesOf(state: Value): Dictionary[] {
  const parts = state instanceof Tuple ? state.items : [state];
  return parts.filter((part) => part instanceof Dictionary);
}

function persistent(machine: Machine, id: Value): void {
  note(machine.effects.persistentIds, machine.at);
  machine.push(loadPersistent(machine, id));
}

function extension(machine: Machine, code: number): void {
  note(machine.effects.extensions, { offset: machine.at, code });
  machine.push(OPAQUE);
}
