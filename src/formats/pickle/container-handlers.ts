import { note, type Handlers, type Machine } from './machine.ts';
import { OP } from './opcodes.ts';
import { Dictionary, GlobalName, List, OPAQUE, Tuple, weightOf, type Value } from './values.ts';

/** Items of a tuple that are kept: the longest argument list that matters has eight. */
const KEPT_ITEMS = 12;

/** Keys of a dictionary that are kept: the state of a class, not a table of data. */
const KEPT_KEYS = 64;

export const containerHandlers: Handlers = [
  [OP.POP, pop],
  [
    OP.POP_MARK,
    (m) => {
      m.cut(m.popMark());
    },
  ],
  [
    OP.DUP,
    (m) => {
      m.push(m.top());
    },
  ],
  [
    OP.EMPTY_TUPLE,
    (m) => {
      m.push(NO_ITEMS);
    },
  ],
  [
    OP.TUPLE,
    (m) => {
      tuple(m, m.popMark());
    },
  ],
  [
    OP.TUPLE1,
    (m) => {
      shortTuple(m, 1);
    },
  ],
  [
    OP.TUPLE2,
    (m) => {
      shortTuple(m, 2);
    },
  ],
  [
    OP.TUPLE3,
    (m) => {
      shortTuple(m, 3);
    },
  ],
  [
    OP.EMPTY_LIST,
    (m) => {
      m.push(new List());
    },
  ],
  [OP.LIST, list],
  [
    OP.APPEND,
    (m) => {
      const value = m.pop();
      extend(m, weightOf(value));
    },
  ],
  [
    OP.APPENDS,
    (m) => {
      extend(m, m.cut(m.popMark()));
    },
  ],
  [
    OP.EMPTY_DICT,
    (m) => {
      m.push(new Dictionary());
    },
  ],
  [OP.DICT, dict],
  [OP.SETITEM, setItem],
  [OP.SETITEMS, setItems],
  [
    OP.EMPTY_SET,
    (m) => {
      m.push(new List());
    },
  ],
  [
    OP.ADDITEMS,
    (m) => {
      extend(m, m.cut(m.popMark()));
    },
  ],
  [
    OP.FROZENSET,
    (m) => {
      m.cut(m.popMark());
      m.push(OPAQUE);
    },
  ],
];

const NO_ITEMS = new Tuple([], 1);

/**
 * Tuples of plain values by their length. Items matter as arguments and states only, so until a
 * stream has named a global, tables of numbers need not be kept one by one.
 */
const PLAIN = Array.from({ length: KEPT_ITEMS + 1 }, (_, length) => new Tuple([], length + 1));

/** POP takes a mark where one lies on top of the stack. */
function pop(machine: Machine): void {
  if (machine.marks.at(-1) === machine.stack.length) machine.marks.pop();
  else machine.pop();
}

function tuple(machine: Machine, start: number): void {
  const { stack, effects } = machine;
  const length = stack.length - start;
  const items = effects.globals.size > 0 ? stack.slice(start, start + KEPT_ITEMS) : [];
  const weight = 1 + machine.cut(start);
  machine.weigh(weight);
  const plain = effects.globals.size === 0 && weight === length + 1 ? PLAIN[length] : undefined;
  machine.push(plain ?? new Tuple(items, weight));
}

function shortTuple(machine: Machine, length: number): void {
  const start = machine.stack.length - length;
  if (start < (machine.marks.at(-1) ?? 0)) {
    machine.wrong('takes a value from an empty stack');
    machine.push(OPAQUE);
    return;
  }
  tuple(machine, start);
}

function list(machine: Machine): void {
  const made = new List();
  made.weight += machine.cut(machine.popMark());
  machine.weigh(made.weight);
  machine.push(made);
}

/** Adds the weight of new items to the container on top of the stack. */
function extend(machine: Machine, weight: number): void {
  const target = machine.top();
  if (target instanceof List) {
    target.weight += weight;
    machine.weigh(target.weight);
  } else {
    mutate(machine, target);
  }
}

function dict(machine: Machine): void {
  const start = machine.popMark();
  const made = new Dictionary();
  keepItems(machine, made, start);
  machine.push(made);
}

function setItem(machine: Machine): void {
  const value = machine.pop();
  const key = machine.pop();
  const target = machine.top();
  if (!(target instanceof Dictionary)) {
    mutate(machine, target);
    return;
  }
  keep(machine, target, key, value);
  machine.weigh(target.weight);
}

function setItems(machine: Machine): void {
  const start = machine.popMark();
  const target = machine.stack[start - 1];
  if (target instanceof Dictionary) {
    keepItems(machine, target, start);
    return;
  }
  machine.cut(start);
  mutate(machine, machine.top());
}

function keepItems(machine: Machine, target: Dictionary, start: number): void {
  const { stack } = machine;
  if ((stack.length - start) % 2 !== 0) machine.wrong('sets an odd number of items');
  for (let index = start; index + 1 < stack.length; index += 2) {
    keep(machine, target, stack[index] ?? null, stack[index + 1] ?? null);
  }
  stack.length = start;
  machine.weigh(target.weight);
}

function keep(machine: Machine, target: Dictionary, key: Value, value: Value): void {
  target.weight += weightOf(key) + weightOf(value);
  if (target.entries.size >= KEPT_KEYS) return;
  const name = machine.textOf(key);
  if (name !== undefined) target.entries.set(name, value);
}

/** Items go into something that the stream did not make: a global such as `os.environ`. */
function mutate(machine: Machine, target: Value): void {
  if (!(target instanceof GlobalName)) return;
  note(machine.effects.mutations, {
    offset: machine.at,
    target: `${target.module}.${target.name}`,
  });
}
