import type { TextSteps } from '../../project/data-description.ts';
import { isNull, type Rows } from '../column.ts';
import { invalidData } from '../problem.ts';
import { Encoder, type Encoding } from './encoder.ts';
import type { Input, Tensor } from './input.ts';
import { columnIn } from './numbers.ts';

/**
 * Texts as tokens [rows, length]. Inputs that take ids, mask and types of the same text share one
 * tokenisation.
 */
export class Texts {
  readonly #file: string;
  readonly #steps: TextSteps;
  readonly #encoder: Encoder;
  #last: { readonly rows: Rows; readonly encodings: readonly Encoding[] } | undefined;

  constructor(file: string, steps: TextSteps, encoder: Encoder) {
    this.#file = file;
    this.#steps = steps;
    this.#encoder = encoder;
  }

  static async open(folder: string, file: string, steps: TextSteps): Promise<Texts> {
    const options = { most: steps['max-length'], special: steps['special-tokens'] };
    return new Texts(file, steps, await Encoder.read(folder, steps.tokenizer, options));
  }

  /** What two inputs must agree in to be of the same text. */
  static key(steps: TextSteps): string {
    return JSON.stringify({ ...steps, give: undefined, type: undefined });
  }

  input({ give, type }: Pick<TextSteps, 'give' | 'type'>): Input {
    const { column, pair } = this.#steps;
    return {
      columns: pair === undefined ? [column] : [column, pair],
      tensor: (rows) => this.#tensor(this.#encode(rows), give, type),
    };
  }

  #encode(rows: Rows): readonly Encoding[] {
    if (this.#last?.rows !== rows) {
      const encodings = Array.from({ length: rows.count }, (_, row) =>
        this.#encoder.encode(
          this.#textAt(rows, row, this.#steps.column),
          this.#steps.pair === undefined ? null : this.#textAt(rows, row, this.#steps.pair),
        ),
      );
      this.#last = { rows, encodings };
    }
    return this.#last.encodings;
  }

  #textAt(rows: Rows, row: number, column: string): string {
    const found = columnIn(rows, column);
    const text = found.kind === 'texts' ? found.values[row] : undefined;
    if (typeof text === 'string') return text;
    throw invalidData(
      { file: this.#file, row: rows.from + row, column },
      isNull(found, row) ? 'has no text' : 'is not a text',
      'Fill in or leave out what has no text.',
    );
  }

  #tensor(
    encodings: readonly Encoding[],
    give: TextSteps['give'],
    type: TextSteps['type'],
  ): Tensor {
    const lengths = Int32Array.from(encodings, ({ ids }) => ids.length);
    const fixed = this.#steps.padding === 'max-length';
    const longest = fixed ? this.#steps['max-length'] : Math.max(1, ...lengths);
    const { value, side } = this.#encoder.padding;
    const padding = { value: give === 'ids' ? value : 0, side };
    const values = new Int32Array(encodings.length * longest).fill(padding.value);
    encodings.forEach(({ ids, types }, row) => {
      const start = row * longest + (side === 'left' ? longest - ids.length : 0);
      if (give === 'attention-mask') values.fill(1, start, start + ids.length);
      else values.set(give === 'ids' ? ids : types, start);
    });
    const shape = [encodings.length, longest];
    const array =
      type === 'int32'
        ? { elementType: type, shape, values }
        : { elementType: type, shape, values: BigInt64Array.from(values, BigInt) };
    return fixed ? { array } : { array, ragged: { lengths, padding } };
  }
}
