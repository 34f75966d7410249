/**
 * What the abstract machine knows of a value on the stack. It never builds the value: it keeps
 * just enough to follow names, calls and the few layouts whose raw bytes stand in the stream.
 */
export type Value =
  | typeof OPAQUE
  | number
  | boolean
  | null
  | Text
  | GlobalName
  | Tuple
  | List
  | Dictionary
  | Instance;

/** Something without a use here: a float, bytes, a set. */
export const OPAQUE = Symbol('opaque');

/** A string that is decoded when somebody asks, since almost all are data. */
export class Text {
  readonly offset: number;
  readonly length: number;
  readonly encoding: 'utf8' | 'raw-unicode-escape' | 'literal';

  constructor(offset: number, length: number, encoding: Text['encoding']) {
    this.offset = offset;
    this.length = length;
    this.encoding = encoding;
  }
}

/** A reference to `module.name`; unpickling imports the module and looks the name up. */
export class GlobalName {
  readonly module: string;
  readonly name: string;
  readonly offset: number;
  /** As a function is: by REDUCE, INST or OBJ. */
  called = false;
  /** An object is made of it by `__new__` alone, which only a class can: NEWOBJ. */
  made = false;
  /** It is `getattr`, and what it looks up has a name of its own in the effects. */
  lookedUp = false;
  /** Where `getattr` looked the name up: a class, or what made the object. */
  owner: GlobalName | undefined;

  constructor(module: string, name: string, offset: number) {
    this.module = module;
    this.name = name;
    this.offset = offset;
  }
}

export class Tuple {
  /** The first items only: what follows is never asked for. */
  readonly items: readonly Value[];
  readonly weight: number;

  constructor(items: readonly Value[], weight: number) {
    this.items = items;
    this.weight = weight;
  }
}

export class List {
  weight = 1;
}

export class Dictionary {
  readonly entries = new Map<string, Value>();
  weight = 1;
}

/** What a call or a `__new__` made. */
export class Instance {
  readonly made: GlobalName | undefined;
  readonly arguments: Value;
  state: Value = null;

  constructor(made: GlobalName | undefined, given: Value) {
    this.made = made;
    this.arguments = given;
  }
}

/**
 * How many values a walk over this one visits. Shared parts count as often as they are reached,
 * so nested references to one list grow it exponentially while the file stays small.
 */
export function weightOf(value: Value): number {
  return value instanceof List || value instanceof Dictionary || value instanceof Tuple
    ? value.weight
    : 1;
}
