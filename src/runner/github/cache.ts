import { messageOf } from '../../errors.ts';
import type { Cache, Log } from '../ports.ts';
import { loadClient } from './client.ts';

/** The Actions cache. */
export function githubCache(log: Log): Cache {
  return {
    async restore(paths, key, prefixes = []) {
      try {
        const client = await loadClient('cache');
        if (!client.isFeatureAvailable()) return undefined;
        return await client.restoreCache([...paths], key, [...prefixes]);
      } catch (thrown) {
        log.warning(`The cache could not be read, so the work is done again: ${messageOf(thrown)}`);
        return undefined;
      }
    },
    async save(paths, key) {
      try {
        const client = await loadClient('cache');
        if (client.isFeatureAvailable()) await client.saveCache([...paths], key);
      } catch (thrown) {
        log.warning(
          `The cache was not saved; the next job starts without it: ${messageOf(thrown)}`,
        );
      }
    },
  };
}
