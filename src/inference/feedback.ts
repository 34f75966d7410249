import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Goal, Provider } from '../project/inference-policy.ts';

/** Below this share of what was remembered, the machine or the data are no longer the same. */
const DRIFT = 0.7;

/** How much a new measurement counts against what is remembered. */
const WEIGHT = 0.3;

/** Entries that are kept; those that were not used for longest go first. */
const MAX_ENTRIES = 500;

/** No file of so few entries is larger; whatever is there instead is not ours. */
const MAX_BYTES = 1024 * 1024;

const experience = z.strictObject({
  setting: z.strictObject({
    threads: z.int().min(1).max(1024),
    batch: z
      .int()
      .min(1)
      .max(2 ** 24),
  }),
  /** Work done in a second, in what the batch is counted in. */
  rate: z.number().positive(),
  /** How often it was measured. */
  runs: z.int().min(1),
});

/** What worked for a model on this machine. */
export type Experience = z.infer<typeof experience>;

/** Of the first, batches were always counted in examples. */
const VERSION = 2;

const memory = z.strictObject({
  version: z.literal(VERSION),
  entries: z.array(z.tuple([z.string(), experience])),
});

export interface FeedbackKey {
  readonly digest: string;
  readonly provider: Provider;
  readonly goal: Goal;
  /** `hardware()` unless given. */
  readonly machine?: string;
}

/** Whether a rate is so far below what is remembered that the setting should be looked for anew. */
export function hasDrifted(remembered: Pick<Experience, 'rate'>, rate: number): boolean {
  return rate < DRIFT * remembered.rate;
}

/**
 * Remembers in one file which setting worked, by model and machine. It is a hint: what cannot be
 * read is as if nothing were known, and of two jobs that write at once one wins.
 */
export class Feedback {
  readonly #file: string;

  /** @param file absolute; it and its folder need not be there */
  constructor(file: string) {
    this.#file = file;
  }

  async recall(key: FeedbackKey): Promise<Experience | undefined> {
    return (await this.#read()).get(keyOf(key));
  }

  /**
   * Takes note of a run. The same setting moves the rate that is remembered towards what was
   * measured; where that has drifted, or another setting was found, the old memory is replaced.
   */
  async learn(key: FeedbackKey, { setting, rate }: Omit<Experience, 'runs'>): Promise<void> {
    if (!(rate > 0 && rate < Infinity)) return;
    const entries = await this.#read();
    const name = keyOf(key);
    const known = entries.get(name);
    const same =
      known?.setting.threads === setting.threads && known.setting.batch === setting.batch;
    entries.delete(name);
    entries.set(
      name,
      known && same && !hasDrifted(known, rate)
        ? { setting, rate: known.rate + WEIGHT * (rate - known.rate), runs: known.runs + 1 }
        : { setting, rate, runs: 1 },
    );
    await this.#write([...entries].slice(-MAX_ENTRIES));
  }

  async #read(): Promise<Map<string, Experience>> {
    try {
      const text = await readFile(this.#file, 'utf8');
      if (text.length > MAX_BYTES) return new Map();
      return new Map(memory.parse(JSON.parse(text)).entries);
    } catch {
      return new Map();
    }
  }

  /** Whole or not at all: a reader never sees half a file. */
  async #write(entries: readonly [string, Experience][]): Promise<void> {
    const temporary = `${this.#file}.${process.pid}.tmp`;
    try {
      await mkdir(path.dirname(this.#file), { recursive: true });
      await writeFile(temporary, JSON.stringify({ version: VERSION, entries }));
      await rename(temporary, this.#file);
    } catch {
      // A machine that keeps nothing learns nothing.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

function keyOf({ digest, provider, goal, machine = hardware() }: FeedbackKey): string {
  const parts = JSON.stringify([digest, provider, goal, machine]);
  return createHash('sha256').update(parts).digest('hex');
}

/** Processor, cores, memory and platform: what decides how fast a setting is. */
export function hardware(): string {
  const [processor] = cpus();
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return [
    processor?.model.trim() ?? 'unknown',
    `${availableParallelism()} of ${cpus().length} cores`,
    `${gigabytes} GB`,
    process.platform,
    process.arch,
  ].join(', ');
}
