import { afterEach } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Makes folders and keeps services for one test; all are gone after it. */
export function perTest() {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  return {
    /** The blank finds paths that somebody forgot to quote. */
    folder: async (prefix = 'model ci '): Promise<string> => {
      const folder = await mkdtemp(path.join(tmpdir(), prefix));
      ends.push(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
    keep: <T extends { close(): Promise<unknown> }>(service: T): T => {
      ends.push(() => service.close());
      return service;
    },
  };
}
