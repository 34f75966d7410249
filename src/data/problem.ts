import { UserError } from '../errors.ts';

/** Where in a data set something is wrong. */
export interface DataPlace {
  /** As the description names it. */
  readonly file: string;
  /** From 0. */
  readonly row?: number | undefined;
  readonly column?: string | undefined;
}

/** An error in the user's data: it says where, and what to do. */
export function invalidData(
  { file, row, column }: DataPlace,
  what: string,
  hint: string,
  cause?: unknown,
): UserError {
  const at = [
    row !== undefined && `row ${row}`,
    column !== undefined && `column '${column}'`,
  ].filter(Boolean);
  return new UserError([file, ...at].join(', ') + `: ${what}`, { hint, place: { file }, cause });
}

/** How much of a text from a file an error repeats. */
const QUOTED_CHARACTERS = 60;

/** A value from a file, as an error may repeat it. */
export function quoted(value: string | number | boolean | object): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const short = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
  return `'${short}'`;
}
