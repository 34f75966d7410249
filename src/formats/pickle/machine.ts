import type { Problems } from '../problem.ts';
import type { Source } from '../source.ts';
import type { Cursor } from './cursor.ts';
import { allocationOf } from './allocation.ts';
import { textOf } from './text.ts';
import { GlobalName, Instance, OPAQUE, weightOf, type Value } from './values.ts';

/** CPython has no limit here; a real model's stack has thousands of values at most. */
const MAX_STACK = 8_000_000;

/** Entries that unpickling would keep; a vocabulary of millions fits. */
const MAX_MEMO = 32_000_000;

/** Different names that one stream may reference; real models have tens. */
const MAX_GLOBALS = 20_000;

/** Values that a second reading of some bytes takes over: calls take a few from the stack. */
const MAX_TAKEN_UP = 16;

/** Storages of one model; the largest have some hundred thousand tensors. */
const MAX_STORAGES = 2_000_000;

/** Places of one kind that are remembered: a report names the first few. */
const MAX_PLACES = 100;

/** Ends a stream early: a limit, or bytes that are no opcode. */
export class StreamAborted extends Error {}

/** The bytes of a tensor of torch, which stand outside the pickle. */
export interface Storage {
  /** Name of the file in the archive's folder `data`. */
  readonly key: string;
  readonly bytes: number;
}

/** What an opcode does to the machine. */
export type Handler = (machine: Machine) => void;
export type Handlers = readonly (readonly [opcode: number, handler: Handler])[];

/** What a stream does, apart from building plain data. */
export interface Effects {
  /** Every global that is named, once. */
  readonly globals: Map<string, GlobalName>;
  /** Offsets of STACK_GLOBAL whose names are computed while loading. */
  readonly dynamicGlobals: number[];
  /** Offsets of calls whose target is not a name: what an earlier call returned. */
  readonly indirectCalls: number[];
  /** Offsets where the state of a class, function or module is changed, rather than an object's. */
  readonly mutations: { readonly offset: number; readonly target: string }[];
  /** Names of methods that a BUILD installs. */
  readonly injected: { readonly offset: number; readonly key: string }[];
  readonly extensions: { readonly offset: number; readonly code: number }[];
  readonly persistentIds: number[];
  /** Storages of torch that the stream asks for, by key. */
  readonly storages: Map<string, Storage>;
  readonly outOfBand: number[];
  /** Byte strings that begin and end like a pickle. */
  readonly nested: { readonly offset: number; readonly length: number }[];
  /** Index and offset of memo entries far beyond what was put: CPython allocates up to them. */
  readonly sparseMemo: { readonly offset: number; readonly index: number }[];
  /** Calls that make far more values than the stream holds. */
  readonly allocations: { readonly offset: number; readonly count: number }[];
  /** Values that a walk over the heaviest value visits. */
  weight: number;
  depth: number;
}

/** How bytes within a stream are read as pickles of their own, where their layout asks for it. */
export interface Readings {
  /** Walks a pickle that stands inside this one, and returns where it ends. */
  readonly inner?: (start: number, effects: Effects) => number;
  /** Walks bytes that this machine skips as opcodes of the same stream. */
  readonly otherwise?: (start: number, end: number) => void;
  /** The machine that skips the bytes which this one walks: its stack and memo are taken up. */
  readonly other?: Machine;
}

/** A reference of another machine, so that what is done to it is seen by this one alone. */
function copied(value: Value): Value {
  return value instanceof GlobalName
    ? new GlobalName(value.module, value.name, value.offset)
    : value;
}

/** The abstract pickle machine: follows names and calls without importing or calling anything. */
export class Machine {
  readonly source: Source;
  readonly cursor: Cursor;
  readonly problems: Problems;
  readonly readings: Readings;
  readonly stack: Value[] = [];
  readonly marks: number[] = [];
  readonly #memo: Value[] = [];
  readonly #sparse = new Map<number, Value>();
  /** Offset of the current opcode. */
  at = 0;
  protocol = 0;
  stopped = false;
  readonly effects: Effects = {
    globals: new Map(),
    dynamicGlobals: [],
    indirectCalls: [],
    mutations: [],
    injected: [],
    extensions: [],
    persistentIds: [],
    storages: new Map(),
    outOfBand: [],
    nested: [],
    sparseMemo: [],
    allocations: [],
    weight: 0,
    depth: 0,
  };

  constructor(cursor: Cursor, problems: Problems, readings: Readings) {
    this.source = cursor.source;
    this.cursor = cursor;
    this.problems = problems;
    this.readings = readings;
    if (readings.other) this.stack.push(...readings.other.stack.slice(-MAX_TAKEN_UP).map(copied));
  }

  push(value: Value): void {
    if (this.stack.length >= MAX_STACK)
      this.abort('limit', `more than ${MAX_STACK} values on the stack`);
    this.stack.push(value);
    // Without a mark, what lies on the stack are containers within containers.
    if (this.marks.length === 0 && this.stack.length > this.effects.depth)
      this.effects.depth = this.stack.length;
  }

  mark(): void {
    if (this.marks.length >= MAX_STACK) this.abort('limit', `more than ${MAX_STACK} marks`);
    this.marks.push(this.stack.length);
    if (this.marks.length > this.effects.depth) this.effects.depth = this.marks.length;
  }

  pop(): Value {
    if (this.stack.length > (this.marks.at(-1) ?? 0)) return this.stack.pop() ?? OPAQUE;
    this.wrong('takes a value from an empty stack');
    return OPAQUE;
  }

  top(): Value {
    if (this.stack.length > (this.marks.at(-1) ?? 0)) return this.stack.at(-1) ?? OPAQUE;
    this.wrong('needs a value on an empty stack');
    return OPAQUE;
  }

  /** Removes the last mark and returns where its values start; the caller cuts the stack. */
  popMark(): number {
    const start = this.marks.pop();
    if (start !== undefined) return Math.min(start, this.stack.length);
    this.wrong('needs a mark and there is none');
    return this.stack.length;
  }

  /** The values above the last mark, taken off; their weight together. */
  cut(start: number): number {
    let weight = 0;
    // One by one: setting the length of an array is slower than a few pops.
    while (this.stack.length > start) weight += weightOf(this.stack.pop() ?? null);
    return weight;
  }

  remember(index: number, value: Value): void {
    if (index === this.#memo.length && index < MAX_MEMO) {
      this.#memo.push(value);
      return;
    }
    if (index < this.#memo.length) {
      this.#memo[index] = value;
      return;
    }
    if (this.#sparse.size >= MAX_MEMO / 32)
      this.abort('limit', 'more memo entries than any model has');
    this.#sparse.set(index, value);
    if (index > 2 * this.cursor.end) note(this.effects.sparseMemo, { offset: this.at, index });
  }

  recall(index: number): Value {
    const value = index < this.#memo.length ? this.#memo[index] : this.#sparse.get(index);
    if (value !== undefined) return value;
    if (this.readings.other) return copied(this.readings.other.recall(index));
    this.wrong(`reads memo entry ${index}, which was never put`);
    return OPAQUE;
  }

  /** How many entries the memo has: MEMOIZE puts at this index. */
  get memoSize(): number {
    return this.#memo.length + this.#sparse.size + (this.readings.other?.memoSize ?? 0);
  }

  textOf(value: Value | undefined): string | undefined {
    return textOf(this.source, value);
  }

  reference(module: string, name: string): GlobalName {
    const key = `${module}\n${name}`;
    let found = this.effects.globals.get(key);
    if (!found) {
      if (this.effects.globals.size >= MAX_GLOBALS)
        this.abort('limit', `more than ${MAX_GLOBALS} globals`);
      found = new GlobalName(module, name, this.at);
      this.effects.globals.set(key, found);
    }
    return found;
  }

  /** The value of calling `callable`; only the fact that it is called is recorded. */
  call(callable: Value, given: Value): Value {
    if (!(callable instanceof GlobalName)) {
      note(this.effects.indirectCalls, this.at);
      return OPAQUE;
    }
    callable.called = true;
    this.#record(callable);
    const count = allocationOf(callable, given);
    if (count !== undefined) note(this.effects.allocations, { offset: this.at, count });
    return new Instance(callable, given);
  }

  /** The value of `cls.__new__(cls, *given)`, which a function does not have. */
  make(cls: Value, given: Value): Value {
    if (!(cls instanceof GlobalName)) return this.call(cls, given);
    cls.made = true;
    this.#record(cls);
    return new Instance(cls, given);
  }

  /** Keeps a reference that another machine made. */
  #record(global: GlobalName): void {
    const { globals } = this.effects;
    if (this.readings.other) globals.set(`${global.module}\n${global.name}`, global);
  }

  addStorage(storage: Storage): void {
    const { storages } = this.effects;
    if (storages.size >= MAX_STORAGES) this.abort('limit', `more than ${MAX_STORAGES} storages`);
    if (!storages.has(storage.key)) storages.set(storage.key, storage);
  }

  weigh(weight: number): void {
    if (weight > this.effects.weight) this.effects.weight = weight;
  }

  wrong(message: string): void {
    this.problems.add('malformed', `the opcode ${message}`, this.at);
  }

  abort(kind: 'malformed' | 'limit', message: string): never {
    this.problems.add(kind, message, this.at);
    throw new StreamAborted();
  }
}

/** Remembers a place, up to a limit. */
export function note<T>(places: T[], place: T): void {
  if (places.length < MAX_PLACES) places.push(place);
}
