import { UserError } from '../errors.ts';
import { halfToNumber } from '../formats/half.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { Tensor } from './protocol.ts';

/** Scores of all examples lie in memory: 1 GiB as float64. */
const MAX_SCORES = 2 ** 27;

/** What a model answered to all examples. */
export interface Outputs {
  /** The name of the output. */
  readonly output: string;
  /** What one example gives; [] for a single number. */
  readonly rowShape: readonly number[];
  /** Whether the model gave whole numbers. */
  readonly integer: boolean;
  /** Example after example. */
  readonly values: Float64Array;
}

/** Where the answers of a batch belong. */
export interface Placement {
  /** The numbers of its examples; a row of the tensor beyond them is filling. */
  readonly examples: ArrayLike<number>;
  /** The side on which inputs were filled up; undefined where none has a length of its own. */
  readonly side: 'left' | 'right' | undefined;
}

interface Part extends Placement {
  readonly tensor: Tensor;
}

/**
 * Collects the answers of batches that come in any order, and insists that they look alike. Where
 * examples have lengths, a batch may give shorter rows than another; they are filled up with 0.
 */
export class Answers {
  readonly #subject: string;
  readonly #parts: Part[] = [];
  #rowShape: readonly number[] | undefined;
  #examples = 0;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** @param batch how many rows the tensor must have */
  put(tensor: Tensor, batch: number, placement: Placement): void {
    const [rows, ...row] = tensor.shape;
    const before = this.#rowShape ?? row;
    const [length, ...inner] = before;
    const grows = placement.side !== undefined && row.length > 0;
    const alike =
      row.length === before.length &&
      (grows ? sameShape(row.slice(1), inner) : sameShape(row, before));
    if (rows !== batch || !alike) {
      throw new UserError(
        `${this.#subject} gives [${tensor.shape.join(', ')}] for ${batch} examples`,
        { hint: 'Each example needs one row of scores: choose another output in the policy.' },
      );
    }
    this.#rowShape = grows ? [Math.max(length ?? 0, row[0] ?? 0), ...inner] : before;
    this.#examples += placement.examples.length;
    this.#checkSize(tensor);
    this.#parts.push({ ...placement, tensor });
  }

  /** @throws UserError where there are none. */
  outputs(output: string): Outputs {
    const first = this.#parts[0]?.tensor;
    const rowShape = this.#rowShape;
    if (!first || !rowShape) {
      throw new UserError('the test set has no examples', {
        hint: 'Correct the data set, or the stage that writes it.',
      });
    }
    const size = elementCount(rowShape);
    const values = new Float64Array(this.#examples * size);
    for (const part of this.#parts) copy(part, values, size);
    return { output, rowShape, integer: /int|bool/.test(first.elementType), values };
  }

  #checkSize({ shape }: Tensor): void {
    const scores = this.#examples * elementCount(this.#rowShape ?? []);
    if (scores <= MAX_SCORES) return;
    throw new UserError(
      `${this.#subject} gives [${shape.join(', ')}]: ${scores} numbers for the first ${this.#examples} examples`,
      { hint: 'Choose the output with the scores by evaluation.output in the policy.' },
    );
  }
}

function copy({ tensor, examples, side }: Part, target: Float64Array, size: number): void {
  const { values, elementType } = tensor;
  const given = elementCount(tensor.shape.slice(1));
  const shift = side === 'left' ? size - given : 0;
  const half = elementType === 'float16';
  for (let row = 0; row < examples.length; row++) {
    const to = (examples[row] ?? 0) * size + shift;
    for (let at = 0; at < given; at++) {
      const value = Number(values[row * given + at]);
      target[to + at] = half ? halfToNumber(value) : value;
    }
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
