import { randomUUID } from 'node:crypto';
import { mkdir, opendir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import type { NewPin, Pin, Pins } from './store.ts';
import { using } from './system-error.ts';

const NAME = /^[0-9a-z]+$/;

/** Pins as files: `<root>/pins/<name>.json`. */
export class DirectoryPins implements Pins {
  readonly #folder: string;

  constructor(root: string) {
    this.#folder = path.join(root, 'pins');
  }

  async write({ name, text }: NewPin): Promise<void> {
    const file = this.#pathOf(name);
    const temporary = `${file}.${randomUUID()}`;
    await using(this.#folder, async () => {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, text, { flag: 'wx', flush: true });
      await rename(temporary, file);
    });
  }

  async has(name: string): Promise<boolean> {
    try {
      return (await stat(this.#pathOf(name))).isFile();
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return false;
      throw thrown;
    }
  }

  async *list(): AsyncGenerator<Pin> {
    for (const file of await this.#files()) {
      const name = path.basename(file, '.json');
      if (!NAME.test(name)) continue;
      try {
        const [text, { mtime }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
        yield { name, text, written: mtime };
      } catch (thrown) {
        // Removed by somebody else since the folder was listed.
        if (codeOf(thrown) !== 'ENOENT') throw thrown;
      }
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true });
  }

  #pathOf(name: string): string {
    if (!NAME.test(name)) throw new Error(`'${name}' is no name for a pin`);
    return path.join(this.#folder, `${name}.json`);
  }

  async #files(): Promise<readonly string[]> {
    const files: string[] = [];
    try {
      for await (const { name } of await opendir(this.#folder)) {
        if (name.endsWith('.json')) files.push(path.join(this.#folder, name));
      }
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw thrown;
    }
    return files.sort();
  }
}
