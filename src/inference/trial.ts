import type { Measurement, Setting } from './tuning.ts';

/** One batch that was answered. */
export interface Stretch {
  readonly examples: number;
  /** Examples, times their padded length where they have one. */
  readonly work: number;
  readonly ms: number;
  readonly residentBytes: number;
}

/** Adds up what batches took. */
export class Pace {
  examples = 0;
  ms = 0;
  #work = 0;
  #slowest = 0;
  #residentBytes = 0;

  add({ examples, work, ms, residentBytes }: Stretch): void {
    this.examples += examples;
    this.ms += ms;
    this.#work += work;
    this.#slowest = Math.max(this.#slowest, ms);
    this.#residentBytes = residentBytes;
  }

  measured(): Measurement {
    const rate = (1000 * this.#work) / this.ms;
    return { rate, ms: this.#slowest, residentBytes: this.#residentBytes };
  }
}

/** Batches that each side of a trial answers at least, and how long it takes at least. */
const TURNS = 3;
const MIN_MS = 60;

/**
 * A setting against the best so far, batch by batch in turn: neighbours in the data are alike, and
 * whatever else the machine does hits both.
 */
export class Trial {
  readonly setting: Setting;
  readonly best: Setting;
  readonly #paces = { trial: new Pace(), best: new Pace() };
  #turns = 0;

  constructor(setting: Setting, best: Setting) {
    this.setting = setting;
    this.best = best;
  }

  /** What it will probably take. */
  static expectedMs(setting: Setting, best: Setting, msPerExample: number): number {
    return Math.max(2 * MIN_MS, TURNS * (setting.batch + best.batch) * msPerExample);
  }

  get turn(): Setting {
    return this.#turns % 2 === 0 ? this.setting : this.best;
  }

  get done(): boolean {
    const { trial, best } = this.#paces;
    return this.#turns >= 2 * TURNS && Math.min(trial.ms, best.ms) >= MIN_MS;
  }

  /** Takes note of what `turn` answered. */
  add(stretch: Stretch): void {
    this.#paces[this.#turns % 2 === 0 ? 'trial' : 'best'].add(stretch);
    this.#turns += 1;
  }

  measured(): { readonly trial: Measurement; readonly best: Measurement } {
    const { trial, best } = this.#paces;
    return { trial: trial.measured(), best: best.measured() };
  }
}
