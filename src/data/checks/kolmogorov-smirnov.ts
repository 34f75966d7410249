/** Where larger tables of the exact distribution stop being worth their time; see `ksChance`. */
const EXACT_UP_TO = 500;

export interface KolmogorovSmirnov {
  /** The largest distance between the two empirical distributions, 0 to 1. */
  readonly statistic: number;
  /** How likely samples of one distribution are at least so far apart. */
  readonly chance: number;
}

/** The two-sample test, as SciPy's ks_2samp with method="asymp". */
export function kolmogorovSmirnov(ours: Float64Array, theirs: Float64Array): KolmogorovSmirnov {
  const [a, b] = [ours.toSorted(), theirs.toSorted()];
  let statistic = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const value = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length));
  }
  const effective = (a.length * b.length) / (a.length + b.length);
  return { statistic, chance: ksChance(statistic, Math.max(1, roundHalfEven(effective))) };
}

/** NumPy's rounding. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/**
 * 1 - P(D < d) for a sample of n: exact by Marsaglia, Tsang and Wang (2003), "Evaluating
 * Kolmogorov's distribution"; for large n the limit with Stephens's correction (1970).
 */
function ksChance(d: number, n: number): number {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  const chance = n > EXACT_UP_TO ? limitChance(d, n) : 1 - exactBelow(d, n);
  return Math.min(1, Math.max(0, chance));
}

function limitChance(d: number, n: number): number {
  const root = Math.sqrt(n);
  const x = (root + 0.12 + 0.11 / root) * d;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * x * x);
  return x < 0.2 ? 1 : sum;
}

function exactBelow(d: number, n: number): number {
  const k = Math.floor(n * d) + 1;
  const size = 2 * k - 1;
  const h = k - n * d;
  let power = { values: stepMatrix(size, k, h), exponent: 0 };
  power = raised(power, n, size);
  let { exponent } = power;
  let below = power.values[(k - 1) * size + k - 1] ?? 0;
  for (let i = 1; i <= n; i++) {
    below *= i / n;
    if (below < 1e-140) {
      below *= 1e140;
      exponent -= 140;
    }
  }
  return below * 10 ** exponent;
}

function stepMatrix(size: number, k: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (row - column + 1 >= 0) matrix[row * size + column] = 1;
    }
  }
  const add = (row: number, column: number, value: number) => {
    matrix[row * size + column] = (matrix[row * size + column] ?? 0) + value;
  };
  for (let at = 0; at < size; at++) {
    add(at, 0, -(h ** (at + 1)));
    add(size - 1, at, -(h ** (size - at)));
  }
  add(size - 1, 0, 2 * h - 1 > 0 ? (2 * h - 1) ** size : 0);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let g = 1; g <= row - column + 1; g++) {
        matrix[row * size + column] = (matrix[row * size + column] ?? 0) / g;
      }
    }
  }
  return matrix;
}

/** A matrix times a power of ten, so that its numbers stay representable. */
interface Scaled {
  readonly values: Float64Array;
  readonly exponent: number;
}

function raised(base: Scaled, n: number, size: number): Scaled {
  if (n === 1) return base;
  const half = raised(base, Math.floor(n / 2), size);
  let values = product(half.values, half.values, size);
  let exponent = 2 * half.exponent;
  if (n % 2 === 1) {
    values = product(base.values, values, size);
    exponent += base.exponent;
  }
  const middle = values[Math.floor(size / 2) * size + Math.floor(size / 2)] ?? 0;
  if (middle <= 1e140) return { values, exponent };
  return { values: values.map((value) => value * 1e-140), exponent: exponent + 140 };
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) {
      const factor = a[row * size + k] ?? 0;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        result[at] = (result[at] ?? 0) + factor * (b[k * size + column] ?? 0);
      }
    }
  }
  return result;
}
