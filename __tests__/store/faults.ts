import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import type { Digest } from '../../src/store/digest.ts';
import { hashBytes } from '../../src/store/hash.ts';
import { OciStore } from '../../src/store/oci/oci-store.ts';
import { parseOciPlace } from '../../src/store/oci/place.ts';
import type { Offer } from '../../src/store/store.ts';
import { startFaultProxy, type FaultKind } from '../services/fault-proxy.ts';

export interface FaultRun {
  readonly succeeded: number;
  /** Operations that ended with an error, which says what happened. */
  readonly failed: number;
  readonly injected: Readonly<Record<FaultKind, number>>;
}

export interface FaultOptions {
  /** The origin of a registry. */
  readonly registry: string;
  readonly folder: string;
  readonly operations: number;
  readonly next: () => number;
  readonly largest: number;
}

const account = () => Promise.resolve({ username: 'ada', password: 'secret' });
/** Short enough for what drips to be given up at once. */
const limits = { windowMs: 100, minimum: 200, answerMs: 400 };

/**
 * Stores and fetches through a proxy that damages everything now and then, and compares with the
 * registry itself.
 * @throws Error where something wrong was accepted, or something that was accepted is not there.
 */
export async function runThroughFaults(options: FaultOptions): Promise<FaultRun> {
  const proxy = await startFaultProxy(options.registry, options.next);
  const open = (origin: string, more: object = {}) =>
    new OciStore(parseOciPlace(`oci://${new URL(origin).host}/lab/models`), {
      credentials: account,
      firstDelayMs: 1,
      ...more,
    });
  const driver = new Driver(options, open(proxy.url, { limits }), open(options.registry));
  try {
    for (let index = 0; index < options.operations; index++) {
      proxy.set(options.next() * 0.6);
      await driver.step();
    }
    proxy.set(0);
    await driver.finish();
  } finally {
    await proxy.close();
  }
  if (proxy.stolen.length > 0) throw new Error(`another host was sent ${proxy.stolen.join()}`);
  return { succeeded: driver.succeeded, failed: driver.failed, injected: proxy.injected };
}

class Driver {
  readonly #options: FaultOptions;
  readonly #faulty: OciStore;
  readonly #direct: OciStore;
  readonly #kept = new Map<Digest, Buffer>();
  succeeded = 0;
  failed = 0;

  constructor(options: FaultOptions, faulty: OciStore, direct: OciStore) {
    this.#options = options;
    this.#faulty = faulty;
    this.#direct = direct;
  }

  step(): Promise<void> {
    const operations = [this.#put, this.#get, this.#getBytes, this.#pin, this.#offer];
    const operation = operations[Math.floor(this.#options.next() * operations.length)];
    return this.#kept.size === 0 || !operation ? this.#put() : operation.call(this);
  }

  /** Nothing that was accepted is lost, and everything works again. */
  async finish(): Promise<void> {
    for (const [digest, bytes] of this.#kept) {
      await this.#direct.check(digest, bytes.length);
      await this.#faulty.check(digest, bytes.length);
    }
  }

  /** Whether it succeeded; errors are those that a user is told. */
  async #attempt(body: () => Promise<unknown>): Promise<boolean> {
    try {
      await body();
      this.succeeded += 1;
      return true;
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      this.failed += 1;
      return false;
    }
  }

  async #put(): Promise<void> {
    const { next, largest, folder } = this.#options;
    const bytes = Buffer.alloc(Math.floor(next() ** 3 * largest), randomUUID());
    const digest = hashBytes(bytes);
    const file = path.join(folder, randomUUID());
    await writeFile(file, bytes);
    if (await this.#attempt(() => this.#faulty.put(digest, file))) {
      await this.#direct.check(digest, bytes.length);
      this.#kept.set(digest, bytes);
    }
    await rm(file);
  }

  #any(): [Digest, Buffer] {
    const all = [...this.#kept];
    return all[Math.floor(this.#options.next() * all.length)]!;
  }

  async #get(): Promise<void> {
    const [digest, bytes] = this.#any();
    const file = path.join(this.#options.folder, randomUUID());
    if (await this.#attempt(() => this.#faulty.get(digest, file, bytes.length))) {
      if (!(await readFile(file)).equals(bytes)) throw new Error(`${digest} was fetched wrong`);
      await rm(file);
    } else if (await stat(file).catch(() => undefined)) throw new Error(`${file} was left`);
  }

  async #getBytes(): Promise<void> {
    const [digest, bytes] = this.#any();
    await this.#attempt(async () => {
      const read = await this.#faulty.getBytes(digest, bytes.length);
      if (!read.equals(bytes)) throw new Error(`${digest} was read wrong`);
    });
  }

  async #pin(): Promise<void> {
    const [digest] = this.#any();
    const name = digest.slice(7, 30);
    const write = () => this.#faulty.pins.write({ name, text: digest, blobs: [digest] });
    if (!(await this.#attempt(write))) return;
    for await (const pin of this.#direct.pins.list()) {
      if (pin.name === name && pin.text === digest) return;
    }
    throw new Error(`the pin ${name} is not there`);
  }

  async #offer(): Promise<void> {
    const [digest, bytes] = this.#any();
    const offer: Offer = {
      model: 'digits',
      version: `v${digest.slice(7, 20)}`,
      snapshot: digest,
      created: '2026-01-01T00:00:00.000Z',
      source: 'lab/digits',
      revision: digest,
      files: [{ name: 'model.onnx', digest, size: bytes.length }],
      attachments: [],
    };
    if (!(await this.#attempt(() => this.#faulty.offers.publish(offer)))) return;
    const state = await this.#direct.offers.state(offer);
    if (state !== 'there') throw new Error(`${offer.version} is ${state}`);
  }
}
