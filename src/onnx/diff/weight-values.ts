import { bfloatsToNumbers, halvesToNumbers } from '../../formats/half.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { toValues } from '../element-type.ts';
import { DATA_TYPE } from '../model.ts';
import { visitBytes, type Placed } from './tensor-bytes.ts';

/** What one tensor of real numbers holds. */
export interface Survey {
  readonly values: number;
  readonly zeros: number;
  /** Whether NaN or infinity is among them. */
  readonly finite: boolean;
}

/**
 * Undefined for codes and indices, of which none means zero for sure.
 * @throws UserError where the values cannot be read.
 */
export function survey(placed: Placed): Survey | undefined {
  const { dataType, dims } = placed.tensor;
  const numbers = REAL.get(dataType);
  if (!numbers) return undefined;
  let zeros = 0;
  let finite = true;
  visitBytes([placed], (bytes) => {
    for (const value of numbers(bytes)) {
      if (value === 0) zeros += 1;
      else if (!Number.isFinite(value)) finite = false;
    }
    return true;
  });
  return { values: elementCount(dims), zeros, finite };
}

/** Whether two tensors of one type and shape are the same to the last byte. */
export function sameBytes(before: Placed, after: Placed): boolean {
  let same = true;
  visitBytes([before, after], (old, now) => (same = Buffer.compare(old, now) === 0));
  return same;
}

/** |new - old| / |old| in the Euclidean norm; undefined for what is no real number. */
export function distance(before: Placed, after: Placed): number | undefined {
  const numbers = REAL.get(after.tensor.dataType);
  if (!numbers) return undefined;
  let [difference, norm] = [0, 0];
  visitBytes([before, after], (old, now) => {
    const [left, right] = [numbers(old), numbers(now)];
    for (let index = 0; index < right.length; index++) {
      const was = left[index] ?? NaN;
      difference += ((right[index] ?? NaN) - was) ** 2;
      norm += was ** 2;
    }
    return true;
  });
  return Math.sqrt(difference / norm);
}

type Numbers = Float32Array | Float64Array;

/** How the numbers of each type are had from its bytes; other types hold none. */
const REAL: ReadonlyMap<number, (bytes: Uint8Array) => Numbers> = new Map([
  [DATA_TYPE.float, (bytes) => toValues(DATA_TYPE.float, bytes) as Numbers],
  [DATA_TYPE.double, (bytes) => toValues(DATA_TYPE.double, bytes) as Numbers],
  [DATA_TYPE.float16, (bytes) => halvesToNumbers(bitsOf(bytes))],
  [DATA_TYPE.bfloat16, (bytes) => bfloatsToNumbers(bitsOf(bytes))],
]);

function bitsOf(bytes: Uint8Array): Uint16Array {
  return toValues(DATA_TYPE.uint16, bytes) as Uint16Array;
}
