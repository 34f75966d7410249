import type { Measurement, Setting } from './tuning.ts';

/** What was answered to one request: batches of one size. */
export interface Stretch {
  readonly batches: number;
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

  add({ batches, examples, work, ms, residentBytes }: Stretch): void {
    this.batches += batches;
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

/** Batches that each replica answers at least on each side, and how long a side takes at least. */
const BATCHES = 8;
const MIN_MS = 80;

/**
 * Batches of each replica until it is the other side's turn, and how long a turn takes at least:
 * between turns nothing is under way, which must not count for much.
 */
const BATCHES_IN_TURN = 4;
const MIN_TURN_MS = 40;

/** A setting, and how many replicas answer by it. */
export interface Side {
  readonly setting: Setting;
  readonly replicas: number;
}

/**
 * A setting against the best so far, a few batches of each in turn: neighbours in the data are
 * alike, and whatever else the machine does hits both. The first turn only warms the setting up.
 */
export class Trial {
  readonly #sides: { readonly trial: Side; readonly best: Side };
  readonly #paces = { trial: new Pace(), best: new Pace() };
  #turn: 'trial' | 'best' = 'best';
  #turns = 0;
  /** Batches of the turn that are left at least. */
  #left = 0;
  #turnMs = Infinity;

  constructor(trial: Side, best: Side) {
    this.#sides = { trial, best };
  }

  /** What it will probably take. */
  static expectedMs(trial: Side, best: Side, msPerExample: number): number {
    const examples = trial.setting.batch * trial.replicas + best.setting.batch * best.replicas;
    const warmUp = BATCHES_IN_TURN * trial.setting.batch * trial.replicas * msPerExample;
    const measured = Math.max(2 * MIN_MS, BATCHES * examples * msPerExample);
    return Math.max(MIN_TURN_MS, warmUp) + measured;
  }

  get setting(): Setting {
    return this.#sides.trial.setting;
  }

  get done(): boolean {
    return (['trial', 'best'] as const).every((side) => {
      const { batches, ms } = this.#paces[side];
      return batches >= BATCHES * this.#sides[side].replicas && ms >= MIN_MS;
    });
  }

  /**
   * Whose turn it is, and what takes note of it.
   * @param runsOf how many batches go in one request
   */
  turn(runsOf: (setting: Setting) => number): {
    readonly setting: Setting;
    readonly note: (stretch: Stretch) => void;
  } {
    if (this.#left <= 0 && this.#turnMs >= MIN_TURN_MS) {
      this.#turn = this.#turn === 'best' ? 'trial' : 'best';
      this.#turns += 1;
      this.#left = BATCHES_IN_TURN * this.#sides[this.#turn].replicas;
      this.#turnMs = 0;
    }
    const [side, warmsUp] = [this.#turn, this.#turns === 1];
    const { setting } = this.#sides[side];
    this.#left -= runsOf(setting);
    return {
      setting,
      note: (stretch) => {
        this.#turnMs += stretch.ms;
        if (!warmsUp) this.#paces[side].add(stretch);
      },
    };
  }

  measured(): { readonly trial: Measurement; readonly best: Measurement } {
    const { trial, best } = this.#paces;
    return { trial: trial.measured(), best: best.measured() };
  }
}
