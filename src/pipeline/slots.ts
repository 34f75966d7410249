export interface Need {
  readonly cpus: number;
  readonly gpus: number;
}

export interface Lease {
  /** The devices, as CUDA_VISIBLE_DEVICES names them. */
  readonly gpus: readonly string[];
  release(): void;
}

interface Waiting {
  readonly need: Need;
  readonly priority: number;
  readonly grant: (lease: Lease | undefined) => void;
}

/**
 * What can run at once on this machine. Whoever waits is served in the order of priority (lowest
 * first); what the first in the line is short of is kept for it, so that many small ones never
 * starve a large one, while what it is not short of goes to those behind it.
 */
export class Slots {
  /** How many devices there are, free or not. */
  readonly gpus: number;
  readonly #allCpus: number;
  #cpus: number;
  readonly #gpus: string[];
  readonly #line: Waiting[] = [];
  #closed = false;

  constructor(cpus: number, gpus: readonly string[]) {
    this.gpus = gpus.length;
    this.#allCpus = cpus;
    this.#cpus = cpus;
    this.#gpus = [...gpus];
  }

  /**
   * Waits for room; undefined once the slots are closed. Who wants more CPU slots than there are
   * gets them all; who wants more than all `gpus` waits for ever.
   */
  acquire(need: Need, priority: number): Promise<Lease | undefined> {
    const cpus = Math.min(need.cpus, this.#allCpus);
    return new Promise((grant) => {
      const at = this.#line.findIndex((other) => other.priority > priority);
      const waiting = { need: { cpus, gpus: need.gpus }, priority, grant };
      this.#line.splice(at < 0 ? this.#line.length : at, 0, waiting);
      this.#serve();
    });
  }

  /** Sends everybody away who waits or comes later. */
  close(): void {
    this.#closed = true;
    this.#serve();
  }

  #serve(): void {
    if (this.#closed) {
      for (const { grant } of this.#line.splice(0)) grant(undefined);
      return;
    }
    let gpusKept = false;
    for (const waiting of [...this.#line]) {
      const { cpus, gpus } = waiting.need;
      if (gpus > 0 && (gpusKept || gpus > this.#gpus.length)) gpusKept = true;
      else if (cpus > this.#cpus) return;
      else this.#grant(waiting);
    }
  }

  #grant(waiting: Waiting): void {
    this.#line.splice(this.#line.indexOf(waiting), 1);
    const { cpus } = waiting.need;
    this.#cpus -= cpus;
    const gpus = this.#gpus.splice(0, waiting.need.gpus);
    let released = false;
    waiting.grant({
      gpus,
      release: () => {
        if (released) return;
        released = true;
        this.#cpus += cpus;
        this.#gpus.push(...gpus);
        this.#serve();
      },
    });
  }
}
