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
  batches = 0;
  examples = 0;
  ms = 0;
  #work = 0;
  #slowest = 0;
  #residentBytes = 0;

  add({ examples, work, ms, residentBytes }: Stretch): void {
    this.batches += 1;
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

  get done(): boolean {
    const { trial, best } = this.#paces;
    const answered = Math.min(trial.batches, best.batches);
    return answered >= TURNS && Math.min(trial.ms, best.ms) >= MIN_MS;
  }

  /** Whose turn it is, and what takes note of it. */
  turn(): { readonly setting: Setting; readonly note: (stretch: Stretch) => void } {
    this.#turns += 1;
    const side = this.#turns % 2 === 1 ? 'trial' : 'best';
    return {
      setting: side === 'trial' ? this.setting : this.best,
      note: (stretch) => {
        this.#paces[side].add(stretch);
      },
    };
  }

  measured(): { readonly trial: Measurement; readonly best: Measurement } {
    const { trial, best } = this.#paces;
    return { trial: trial.measured(), best: best.measured() };
  }
}
