import type { CacheScope } from './tokens.ts';

/** An error of the twirp protocol; the HTTP status goes with the code. */
export class TwirpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Methods of a twirp service by name: the JSON body in snake case, and what the job may cache. */
export type Rpc = Readonly<
  Record<string, (body: Record<string, unknown>, scopes: readonly CacheScope[]) => unknown>
>;
