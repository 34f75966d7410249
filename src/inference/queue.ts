/** Requests under way, the oldest first. */
export class Queue {
  readonly #requests: Promise<void>[] = [];
  /** How many there ever were. */
  added = 0;

  add(request: Promise<void>): void {
    // It is waited for later; until then nobody would hear it fail.
    request.catch(() => undefined);
    this.#requests.push(request);
    this.added += 1;
  }

  /** Waits for the oldest until no more than so many are left. */
  async shrinkTo(length: number): Promise<void> {
    while (this.#requests.length > length) await this.#requests.shift();
  }
}
