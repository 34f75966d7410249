import { writeLock, type Lock, type LockedStage } from '../project/lock-file.ts';
import { using } from '../store/system-error.ts';
import { coalesced } from './coalesced.ts';

/** The lock while stages end in any order. */
export class RunningLock {
  readonly #stages: Map<string, LockedStage>;
  readonly #order: readonly string[];
  readonly #write: () => Promise<void>;

  /** `order` is that of the graph: stages that are new to the lock are written in it, as DVC does. */
  constructor(workspace: string, lock: Lock, order: readonly string[]) {
    this.#stages = new Map(lock);
    this.#order = Array.from(new Set([...lock.keys(), ...order]));
    this.#write = coalesced(() => using(workspace, () => writeLock(workspace, this.#inOrder())));
  }

  get(name: string): LockedStage | undefined {
    return this.#stages.get(name);
  }

  /** Resolves when it is in the file. */
  set(name: string, stage: LockedStage): Promise<void> {
    this.#stages.set(name, stage);
    return this.#write();
  }

  #inOrder(): Lock {
    return new Map(
      this.#order.flatMap((name) => {
        const stage = this.#stages.get(name);
        return stage ? [[name, stage] as const] : [];
      }),
    );
  }
}
