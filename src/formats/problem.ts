/**
 * What a reader found wrong with the structure of a file. Readers collect problems and read on
 * where they can, so that a report names every one and not only the first.
 */
export interface Problem {
  /**
   * - `truncated`: the file ends before what it announces.
   * - `malformed`: the bytes do not follow the format's grammar.
   * - `limit`: one of our own limits was reached; the rest was not read.
   * - `inconsistent`: well-formed, but it contradicts itself or the specification.
   */
  readonly kind: 'truncated' | 'malformed' | 'limit' | 'inconsistent';
  readonly message: string;
  /** Bytes from the start of the source. */
  readonly offset: number;
  /** Where in the structure, such as `graph.node[3]`; '' for the whole file. */
  readonly path: string;
}

/** Whether anything of the file was left unread. */
export function isUnread(problem: Problem): boolean {
  return problem.kind !== 'inconsistent';
}

/** Thrown inside a reader; whoever reads the structure around it reports it as a problem. */
export class StructureError extends Error {
  readonly kind: Problem['kind'];
  readonly offset: number;

  constructor(kind: Problem['kind'], message: string, offset: number) {
    super(message);
    this.kind = kind;
    this.offset = offset;
  }
}

/** A hostile file can be wrong at every byte; a person reads the first few. */
const MAX_PROBLEMS = 100;

/** Collects problems up to a limit; `overflow` counts the rest. */
export class Problems {
  readonly list: Problem[] = [];
  overflow = 0;

  add(kind: Problem['kind'], message: string, offset: number, path = ''): void {
    if (this.list.length < MAX_PROBLEMS) this.list.push({ kind, message, offset, path });
    else this.overflow += 1;
  }

  get unread(): boolean {
    return this.overflow > 0 || this.list.some(isUnread);
  }
}
