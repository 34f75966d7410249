import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import { TemplateError, type Context } from './interpolation.ts';
import { readValue } from './read-value.ts';
import { isMapping, type Value } from './value.ts';

/** Where values of templates come from, and which files were read for them already. */
export class TemplateContext {
  readonly #workspace: string;
  #values: Context = new Map();
  /** File -> the keys that were taken from it; undefined for all of them. */
  #files: ReadonlyMap<string, readonly string[] | undefined> = new Map();

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  get values(): Context {
    return this.#values;
  }

  /** This context with more values, as DVC's `vars` gives them: files (`f.yaml:a,b`) or mappings. */
  async with(vars: readonly Value[], folder: string): Promise<TemplateContext> {
    const copy = new TemplateContext(this.#workspace);
    copy.#values = this.#values;
    copy.#files = this.#files;
    for (const item of vars) {
      if (typeof item === 'string') await copy.#load(item, folder);
      else if (isMapping(item)) copy.#values = merge(copy.#values, item, 'vars');
      else {
        throw new TemplateError("an entry of 'vars' is neither a file nor a mapping", {
          hint: 'Write a path, such as `- settings.yaml`, or values, such as `- depth: 3`.',
        });
      }
    }
    return copy;
  }

  /** Values that hide others of the same name: `item` and `key` of a group of stages. */
  hiding(values: Context): Context {
    return new Map([...this.#values, ...values]);
  }

  /** This context with the values of `params.yaml`, where there is one. */
  async withDefaults(file: string): Promise<TemplateContext> {
    return (await this.#read(file)) === undefined ? this : this.with([file], '.');
  }

  async #load(item: string, folder: string): Promise<void> {
    const [name = '', ...rest] = item.split(':');
    const file = path.posix.normalize(path.posix.join(folder, name));
    const wanted = rest.join(':').split(',').filter(Boolean);
    const keys = wanted.length > 0 ? wanted : undefined;
    if (this.#files.has(file)) {
      const loaded = this.#files.get(file);
      if (!keys && !loaded) return;
      if (!keys || !loaded || keys.some((key) => loaded.includes(key))) {
        throw new TemplateError(`'vars' takes ${item}, some of which is loaded already`, {
          hint: 'Name each file, and each key of a file, once.',
        });
      }
    }
    this.#values = merge(this.#values, pick(await this.#require(file), keys, file), file);
    const loaded = keys && [...(this.#files.get(file) ?? []), ...keys];
    this.#files = new Map(this.#files).set(file, loaded);
  }

  async #require(file: string): Promise<ReadonlyMap<unknown, Value>> {
    const value = await this.#read(file);
    if (value === undefined) {
      throw new TemplateError(`'vars' names ${file}, which does not exist`, {
        hint: "Write the file, or take it out of 'vars'.",
      });
    }
    if (isMapping(value)) return value;
    throw new TemplateError(`${file} holds no mapping of names to values`, {
      hint: 'Variables are a mapping at the top of the file.',
    });
  }

  async #read(file: string): Promise<Value | undefined> {
    try {
      return readValue(await readFile(path.join(this.#workspace, file), 'utf8'), file);
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }
}

function pick(
  values: ReadonlyMap<unknown, Value>,
  keys: readonly string[] | undefined,
  file: string,
): ReadonlyMap<unknown, Value> {
  if (!keys) return values;
  return new Map(
    keys.map((key) => {
      const value = values.get(key);
      if (value !== undefined) return [key, value];
      throw new TemplateError(`'vars' takes '${key}' from ${file}, which has no such key`, {
        hint: 'Correct the name.',
      });
    }),
  );
}

/** Mappings are merged; anything else may be defined once only, so that no file wins by its order. */
function merge(into: Context, more: ReadonlyMap<unknown, Value>, source: string): Context {
  const merged = new Map(into);
  for (const [key, value] of more) {
    // DVC leaves out keys that no expression can name.
    if (typeof key !== 'string') continue;
    const known = merged.get(key);
    if (isMapping(known) && isMapping(value)) {
      merged.set(key, merge(known as Context, value, source));
    } else if (known === undefined) merged.set(key, value);
    else {
      throw new TemplateError(`${source} defines '${key}', which is defined already`, {
        hint: 'Rename one of them: variables cannot be redefined.',
      });
    }
  }
  return merged;
}
