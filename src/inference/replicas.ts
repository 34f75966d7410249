import type { Lease, ModelSource, Scheduler } from './scheduler.ts';

/** Copies of a model, each in a thread of its own, that are loaded while others answer. */
export class Replicas {
  /** Over when they are loaded, or cannot be: then there is no room for them after all. */
  readonly loading: Promise<void>;
  #leases: readonly Lease[] = [];
  #released = false;

  constructor(scheduler: Scheduler, source: ModelSource, threads: number, count: number) {
    const loads = Array.from({ length: count }, (_, replica) =>
      scheduler.load(source, threads, replica),
    );
    this.loading = Promise.allSettled(loads).then((results) => {
      const leases = results.flatMap((result) =>
        result.status === 'fulfilled' ? result.value : [],
      );
      if (leases.length === count && !this.#released) this.#leases = leases;
      else for (const lease of leases) lease.release();
    });
  }

  /** None until all are loaded. */
  get leases(): readonly Lease[] {
    return this.#leases;
  }

  release(): void {
    this.#released = true;
    for (const lease of this.#leases) lease.release();
    this.#leases = [];
  }
}
