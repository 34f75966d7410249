/** Requests under way to some workers. */
export class Queue<Worker> {
  readonly #requests = new Set<Promise<void>>();
  /** How many requests each worker has. */
  readonly #load = new Map<Worker, number>();
  /** When each worker answered last. */
  readonly #answeredAt = new Map<Worker, number>();

  /**
   * @param done gets the answer, and how long the worker was busy with it: not while it was with
   *   what it was given before
   */
  add<Answer>(
    worker: Worker,
    request: Promise<Answer>,
    done: (answer: Answer, ms: number) => void,
  ): void {
    const givenAt = performance.now();
    // One that fails stays, so that whoever waits next hears of it.
    const answered = request.then((answer) => {
      const now = performance.now();
      const begunAt = Math.max(givenAt, this.#answeredAt.get(worker) ?? 0);
      this.#answeredAt.set(worker, now);
      done(answer, now - begunAt);
      this.#requests.delete(answered);
      this.#load.set(worker, this.#loadOf(worker) - 1);
    });
    // Until somebody waits, it would count as a failure that nobody looks after.
    answered.catch(() => undefined);
    this.#requests.add(answered);
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
