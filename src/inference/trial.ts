import type { Measurement, Setting } from './tuning.ts';

/** What was answered to one request: batches of one size. */
export interface Stretch {
  /** In what the batches of settings are counted in. */
  readonly work: number;
  readonly ms: number;
  readonly residentBytes: number;
}

/** Adds up what batches took. */
export class Pace {
  work = 0;
  ms = 0;
  #slowest = 0;
  #residentBytes = 0;

  add({ work, ms, residentBytes }: Stretch): void {
    this.work += work;
    this.ms += ms;
    this.#slowest = Math.max(this.#slowest, ms);
    this.#residentBytes = residentBytes;
  }

  measured(): Measurement {
    const rate = (1000 * this.work) / this.ms;
    return { rate, ms: this.#slowest, residentBytes: this.#residentBytes };
  }
}

/** How often it is each side's turn: the median of so many leaves out what a busy machine spoils. */
const TURNS = 3;

/**
 * Batches of each replica in a turn, and how long it takes at least: between turns nothing is under
 * way, which must not count for much.
 */
const BATCHES_IN_TURN = 3;
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
  /** Without the first of the trial. */
  readonly #turns: { readonly trial: Pace[]; readonly best: Pace[] } = { trial: [], best: [] };
  #side: 'trial' | 'best' = 'trial';
  #pace = new Pace();
  /** Batches of the turn that are left at least. */
  #left: number;

  constructor(trial: Side, best: Side) {
    this.#sides = { trial, best };
    this.#left = BATCHES_IN_TURN * trial.replicas;
  }

  /** What it will probably take. */
  static expectedMs(trial: Side, best: Side, msForOne: number): number {
    const turn = ({ setting, replicas }: Side) =>
      Math.max(MIN_TURN_MS, BATCHES_IN_TURN * setting.batch * replicas * msForOne);
    return (TURNS + 1) * turn(trial) + TURNS * turn(best);
  }

  get setting(): Setting {
    return this.#sides.trial.setting;
  }

  get done(): boolean {
    return this.#turns.trial.length === TURNS && this.#turnIsOver;
  }

  get #turnIsOver(): boolean {
    return this.#left <= 0 && this.#pace.ms >= MIN_TURN_MS;
  }

  /**
   * Whose turn it is, and what takes note of it.
   * @param runsOf how many batches go in one request
   */
  turn(runsOf: (setting: Setting) => number): {
    readonly setting: Setting;
    readonly note: (stretch: Stretch) => void;
  } {
    if (this.#turnIsOver) this.#begin(this.#side === 'best' ? 'trial' : 'best');
    const { setting } = this.#sides[this.#side];
    this.#left -= runsOf(setting);
    const pace = this.#pace;
    return {
      setting,
      note: (stretch) => {
        pace.add(stretch);
      },
    };
  }

  #begin(side: 'trial' | 'best'): void {
    this.#side = side;
    this.#pace = new Pace();
    this.#turns[side].push(this.#pace);
    this.#left = BATCHES_IN_TURN * this.#sides[side].replicas;
  }

  measured(): { readonly trial: Measurement; readonly best: Measurement } {
    const { trial, best } = this.#turns;
    return { trial: typical(trial), best: typical(best) };
  }
}

function typical(turns: readonly Pace[]): Measurement {
  const measured = turns.map((pace) => pace.measured());
  const middle = measured.toSorted((a, b) => a.rate - b.rate)[Math.floor(measured.length / 2)];
  return {
    rate: middle?.rate ?? 0,
    ms: Math.max(...measured.map(({ ms }) => ms)),
    residentBytes: measured.at(-1)?.residentBytes ?? 0,
  };
}
