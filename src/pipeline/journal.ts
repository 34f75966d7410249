import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../project/replace-file.ts';
import type { Log } from '../runner/ports.ts';
import { using } from '../store/system-error.ts';
import { coalesced } from './coalesced.ts';
import { killMarked } from './processes.ts';

const FILE = '.model-ci/journal.json';

const running = z.object({ stage: z.string(), since: z.string(), mark: z.string() });
const schema = z.object({ running: z.array(running) });

/** What runs at this moment, on the disk: the next run learns from it how this one ended. */
export class Journal {
  readonly #file: string;
  readonly #running = new Map<string, z.infer<typeof running>>();
  readonly #write: () => Promise<void>;

  constructor(workspace: string) {
    this.#file = path.join(workspace, FILE);
    this.#write = coalesced(() =>
      using(this.#file, () =>
        replaceFile(this.#file, JSON.stringify({ running: [...this.#running.values()] })),
      ),
    );
  }

  /**
   * Tells what a killed run left behind, and ends what still runs of it: it would write into the
   * outputs of this run.
   */
  async recover(log: Log): Promise<void> {
    const parsed = schema.safeParse(await readJson(this.#file));
    for (const { stage, since, mark } of parsed.data?.running ?? []) {
      const ended = await killMarked(mark);
      const what = ended > 0 ? `; ${ended} of its processes still ran and were ended` : '';
      log.warning(`The last run was killed while '${stage}' ran (since ${since})${what}`);
    }
    if (parsed.success && parsed.data.running.length > 0) await this.#write();
  }

  /** Runs `work` while the journal says that `stage` runs. */
  async during<T>(stage: string, mark: string, work: () => Promise<T>): Promise<T> {
    this.#running.set(mark, { stage, since: new Date().toISOString(), mark });
    await this.#write();
    try {
      return await work();
    } finally {
      this.#running.delete(mark);
      await this.#write();
    }
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    // None, or one that a full disk cut off: then there is nothing to learn from it.
    return undefined;
  }
}
