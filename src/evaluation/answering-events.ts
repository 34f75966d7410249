import type { Failure } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import type { AllAnswers } from './answering.ts';

/** What the process that answers the test set says, one after another. */
export type AnsweringEvent =
  /** Who is asked next: should the process end, this one ended it. */
  | { readonly type: 'asking'; readonly subject: string }
  | { readonly type: 'info' | 'warning'; readonly text: string }
  | { readonly type: 'progress'; readonly progress: Parameters<Log['progress']> }
  | ({ readonly type: 'piece' } & Piece)
  /** All answers, without their values: those came before. */
  | { readonly type: 'finished'; readonly answers: AllAnswers }
  | { readonly type: 'failed'; readonly failure: Failure };

/** Some of the values that a model answered, and where they belong: messages are copied whole. */
export interface Piece {
  readonly by: Role;
  readonly from: number;
  readonly values: Float64Array;
  /** Of all pieces together. */
  readonly size: number;
}

const ROLES = ['candidate', 'baseline'] as const;
export type Role = (typeof ROLES)[number];

/** 8 MB. */
const PIECE = 2 ** 20;

/** @param length of a piece at most */
export function* piecesOf(answers: AllAnswers, length = PIECE): Iterable<Piece> {
  for (const by of ROLES) {
    const values = answers[by]?.outputs.values ?? new Float64Array();
    for (let from = 0; from < values.length; from += length) {
      yield { by, from, values: values.subarray(from, from + length), size: values.length };
    }
  }
}

/** Puts pieces together again. */
export class Pieces {
  readonly #values = new Map<Role, Float64Array>();

  /** @throws RangeError where a piece is beyond the size that the first of them told */
  put({ by, from, values, size }: Piece): void {
    const all = this.#values.get(by) ?? new Float64Array(size);
    this.#values.set(by, all);
    all.set(values, from);
  }

  /** The answers with the values that were put here in place of their own. */
  in(answers: AllAnswers): AllAnswers {
    return withValues(answers, (by) => this.#values.get(by) ?? new Float64Array());
  }
}

export function withoutValues(answers: AllAnswers): AllAnswers {
  return withValues(answers, () => new Float64Array());
}

function withValues(answers: AllAnswers, valuesOf: (by: Role) => Float64Array): AllAnswers {
  const { candidate, baseline, timed } = answers;
  const outputs = { ...candidate.outputs, values: valuesOf('candidate') };
  return {
    candidate: { ...candidate, outputs },
    baseline: baseline && {
      ...baseline,
      outputs: { ...baseline.outputs, values: valuesOf('baseline') },
    },
    timed,
  };
}
