/** A thread of hashFiles: the path of a file in, its hash out; undefined where it has none. */
import { parentPort } from 'node:worker_threads';
import { hashFile } from './hash.ts';

parentPort?.on('message', (file: string) => {
  void hashFile(file)
    .catch(() => undefined)
    .then((hashed) => parentPort?.postMessage(hashed));
});
