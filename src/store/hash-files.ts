import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { hashFile, type Hashed } from './hash.ts';
import { inParallel } from './parallel.ts';

/** Fewer bytes are hashed here before the threads have started. */
const WORTH_THREADS = 64 * 1024 * 1024;

export interface FileToHash {
  readonly absolute: string;
  /** In bytes. */
  readonly size: number;
}

export interface HashFilesOptions {
  readonly onHashed?: (hashed: Hashed) => void;
  /** The script of a thread; the bundled one by default. */
  readonly worker?: URL;
}

/**
 * Hashes files in constant memory, on all processors where that is worth it: SHA-256 keeps one busy.
 * The results are in the order of the files.
 * @throws UserError where a file changes meanwhile.
 */
export async function hashFiles<File extends FileToHash>(
  files: readonly File[],
  { onHashed, worker }: HashFilesOptions = {},
): Promise<(File & Hashed)[]> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const count = bytes < WORTH_THREADS ? 1 : Math.min(availableParallelism(), files.length);
  const script = worker ?? new URL('./hash-worker.js', import.meta.url);
  const threads = count === 1 ? [] : Array.from({ length: count }, () => new HashThread(script));
  const idle = [...threads];
  try {
    return await inParallel(files, count, async (file) => {
      const thread = idle.pop();
      // What a thread could not hash is tried here, where the error can be told as it is.
      const hashed = (await thread?.hash(file.absolute)) ?? (await hashFile(file.absolute));
      if (thread) idle.push(thread);
      onHashed?.(hashed);
      return { ...file, ...hashed };
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

class HashThread {
  readonly #worker: Worker;
  #answer: (hashed: Hashed | undefined) => void = () => undefined;
  #failed = false;

  constructor(script: URL) {
    this.#worker = new Worker(script);
    this.#worker.on('message', (hashed: Hashed | undefined) => {
      this.#answer(hashed);
    });
    const fail = () => {
      this.#failed = true;
      this.#answer(undefined);
    };
    this.#worker.on('error', fail).on('exit', fail);
  }

  /** Undefined where the thread could not: it did not start, or the file cannot be read. */
  hash(file: string): Promise<Hashed | undefined> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      if (this.#failed) resolve(undefined);
      else this.#worker.postMessage(file);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
