/** Where something stands in the user's repository. `file` is relative to the workspace. */
export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

export interface ErrorDetails {
  /** What to do next, as a sentence. */
  readonly hint: string;
  readonly place?: Place | undefined;
  readonly cause?: unknown;
}

/** Something the user can mend: a missing file, a malformed policy, an unknown input. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly hint: string;
  readonly place: Place | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.hint = details.hint;
    this.place = details.place;
  }
}

/** The machine, the network or a service is not as it should be; the user's files are fine. */
export class EnvironmentError extends UserError {
  override readonly name = 'EnvironmentError';
}

/** An error on its way between threads or processes: classes do not survive it. */
export interface Failure {
  readonly kind: 'user' | 'environment' | 'bug';
  readonly message: string;
  readonly hint: string;
  readonly place: Place | undefined;
  readonly stack: string;
}

export function failureOf(thrown: unknown): Failure {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const message = messageOf(thrown);
  if (!(thrown instanceof UserError)) {
    return { kind: 'bug', message, hint: '', place: undefined, stack };
  }
  const kind = thrown instanceof EnvironmentError ? 'environment' : 'user';
  return { kind, message, hint: thrown.hint, place: thrown.place, stack };
}

/** The error as it was thrown; its stack there is that of the cause. */
export function errorOf({ kind, message, hint, place, stack }: Failure): Error {
  const cause = new Error(message);
  cause.stack = stack;
  switch (kind) {
    case 'user':
      return new UserError(message, { hint, place, cause });
    case 'environment':
      return new EnvironmentError(message, { hint, place, cause });
    case 'bug':
      return new Error(message, { cause });
  }
}

// Duck typing: an error of another realm (a worker, a test's sandbox) is no instance of this Error.

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return property(thrown, 'message') ?? String(thrown);
}

/** The `code` of a Node system error such as ENOENT. */
export function codeOf(thrown: unknown): string | undefined {
  return property(thrown, 'code');
}

function property(thrown: unknown, name: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const value: unknown = Reflect.get(thrown, name);
  return typeof value === 'string' ? value : undefined;
}
