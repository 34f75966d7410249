import type { Problems } from '../problem.ts';
import type { Source } from '../source.ts';
import type { Cursor } from './cursor.ts';
import { textOf } from './text.ts';
import { GlobalName, Instance, OPAQUE, weightOf, type Value } from './values.ts';

/** CPython has no limit here; a real model's stack has thousands of values at most. */
const MAX_STACK = 8_000_000;

/** Entries that unpickling would keep; a vocabulary of millions fits. */
const MAX_MEMO = 32_000_000;

/** Different names that one stream may reference; real models have tens. */
const MAX_GLOBALS = 20_000;

/** Places of one kind that are remembered: a report names the first few. */
const MAX_PLACES = 100;

/** Ends a stream early: a limit, or bytes that are no opcode. */
export class StreamAborted extends Error {}

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
  readonly outOfBand: number[];
  /** Byte strings that begin and end like a pickle. */
  readonly nested: { readonly offset: number; readonly length: number }[];
  /** Index and offset of memo entries far beyond what was put: CPython allocates up to them. */
  readonly sparseMemo: { readonly offset: number; readonly index: number }[];
  /** Values that a walk over the heaviest value visits. */
  weight: number;
  depth: number;
}

/** The abstract pickle machine: follows names and calls without importing or calling anything. */
export class Machine {
  readonly source: Source;
  readonly cursor: Cursor;
  readonly problems: Problems;
  /** Walks a pickle that stands inside this one, and returns where it ends. */
  readonly inner: (start: number, effects: Effects) => number;
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
    outOfBand: [],
    nested: [],
    sparseMemo: [],
    weight: 0,
    depth: 0,
  };

  constructor(cursor: Cursor, problems: Problems, inner: Machine['inner']) {
    this.source = cursor.source;
    this.cursor = cursor;
    this.problems = problems;
    this.inner = inner;
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
    for (let index = start; index < this.stack.length; index++)
      weight += weightOf(this.stack[index] ?? null);
    this.stack.length = start;
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
    this.wrong(`reads memo entry ${index}, which was never put`);
    return OPAQUE;
  }

  /** How many entries the memo has: MEMOIZE puts at this index. */
  get memoSize(): number {
    return this.#memo.length + this.#sparse.size;
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
    if (callable instanceof GlobalName) {
      callable.called = true;
      return new Instance(callable, given);
    }
    note(this.effects.indirectCalls, this.at);
    return OPAQUE;
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
