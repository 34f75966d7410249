/** Numbers that are kept for a distribution. */
const MAX_SAMPLE = 100_000;

/** Every n-th of any number of numbers, in memory that does not grow with them. */
export class Sample {
  #kept: number[] = [];
  #stride = 1;
  #seen = 0;

  add(value: number): void {
    if (this.#seen++ % this.#stride === 0) this.#kept.push(value);
    if (this.#kept.length < MAX_SAMPLE) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /** How many there were. */
  get seen(): number {
    return this.#seen;
  }

  values(): Float64Array {
    return Float64Array.from(this.#kept);
  }
}
