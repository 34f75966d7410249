import type { Lease, ModelSource, Scheduler } from './scheduler.ts';

/** Copies of a model, each in a process of its own, that are loaded while others answer. */
export class Replicas {
  readonly threads: number;
  readonly leases: Promise<readonly Lease[]>;
  #settled = false;

  constructor(scheduler: Scheduler, source: ModelSource, threads: number, count: number) {
    this.threads = threads;
    const loads = Array.from({ length: count }, (_, replica) =>
      scheduler.load(source, threads, replica),
    );
    this.leases = Promise.all(loads);
    void Promise.allSettled(loads).then(() => (this.#settled = true));
  }

  /** Whether they are loaded, or could not be. */
  get settled(): boolean {
    return this.#settled;
  }

  release(): void {
    this.leases.then(
      (leases) => {
        for (const lease of leases) lease.release();
      },
      () => undefined,
    );
  }
}
