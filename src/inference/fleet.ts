import { Replicas } from './replicas.ts';
import type { Lease, ModelSource, Scheduler } from './scheduler.ts';
import type { Side } from './trial.ts';
import { replicasOf, type Setting, type Space } from './tuning.ts';

interface FleetOptions extends Omit<Space, 'maxBatch'> {
  readonly scheduler: Scheduler;
  readonly source: ModelSource;
  /** The setting whose replicas stay when others are loaded. */
  readonly kept: () => Setting | undefined;
}

/** The model as it was loaded first, and its replicas with other threads. */
export class Fleet {
  readonly #first: Lease;
  readonly #options: FleetOptions;
  /** By their threads. */
  readonly #others = new Map<number, Replicas>();

  constructor(first: Lease, options: FleetOptions) {
    this.#first = first;
    this.#options = options;
  }

  sideOf(setting: Setting): Side {
    return { setting, replicas: replicasOf(setting, this.#options) };
  }

  /** Whether a side can answer; else its replicas are being loaded from now on. */
  isReady(side: Side): boolean {
    return this.leasesOf(side).length > 0;
  }

  /** Loads what a setting needs, if there is room for it. */
  async prepare(setting: Setting): Promise<void> {
    if (!this.isReady(this.sideOf(setting))) await this.#others.get(setting.threads)?.loading;
  }

  /** Who answers for a side; nobody until all of its replicas are loaded. */
  leasesOf({ setting: { threads }, replicas }: Side): readonly Lease[] {
    if (threads === this.#first.threads) return [this.#first];
    if (this.#options.maxReplicas === 0) return [];
    return this.#replicas(threads, replicas).leases;
  }

  release(): void {
    for (const replicas of this.#others.values()) replicas.release();
  }

  #replicas(threads: number, count: number): Replicas {
    const known = this.#others.get(threads);
    if (known) return known;
    const { scheduler, source, kept } = this.#options;
    for (const [other, replicas] of this.#others) {
      if (other === kept()?.threads) continue;
      replicas.release();
      this.#others.delete(other);
    }
    const replicas = new Replicas(scheduler, source, threads, count);
    this.#others.set(threads, replicas);
    return replicas;
  }
}
