/** Requests under way to some workers. */
export class Queue<Worker> {
  readonly #requests = new Set<Promise<void>>();
  /** How many requests each worker has. */
  readonly #load = new Map<Worker, number>();

  add(worker: Worker, request: Promise<void>): void {
    // One that fails stays, so that whoever waits next hears of it.
    const done = request.then(() => {
      this.#requests.delete(done);
      this.#load.set(worker, this.#loadOf(worker) - 1);
    });
    // Until somebody waits, it would count as a failure that nobody looks after.
    done.catch(() => undefined);
    this.#requests.add(done);
    this.#load.set(worker, this.#loadOf(worker) + 1);
  }

  /** Who has least to do; undefined where there is nobody. */
  idlest(workers: readonly Worker[]): Worker | undefined {
    return workers.toSorted((a, b) => this.#loadOf(a) - this.#loadOf(b))[0];
  }

  /**
   * Waits until no more than so many are left.
   * @throws what a request failed with; with length 0, whenever any did
   */
  async shrinkTo(length: number): Promise<void> {
    while (this.#requests.size > length) await Promise.race(this.#requests);
  }

  #loadOf(worker: Worker): number {
    return this.#load.get(worker) ?? 0;
  }
}
