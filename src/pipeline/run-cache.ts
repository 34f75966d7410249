import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import {
  readStageEntry,
  stageEntry,
  type LockedPath,
  type LockedStage,
} from '../project/lock-file.ts';
import { lockYaml } from '../project/lock-text.ts';
import type { Stage } from '../project/pipeline-file.ts';
import { replaceFile } from '../project/replace-file.ts';
import { byCodePoints } from '../project/value.ts';
import { readYaml } from '../project/yaml.ts';
import { encodedOf } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import type { Fingerprint } from './fingerprint.ts';
import { pythonJson } from './python-json.ts';

/** What DVC leaves out of its hashes, at any depth. */
const NOT_HASHED = new Set(['size', 'nfiles']);

/**
 * What stages made when they ran before, by command, dependencies and parameters: DVC's run cache,
 * in its layout `runs/<first two digits>/<key>/<value>` (dvc/stage/cache.py), shared with DVC.
 */
export class RunCache {
  readonly #places: readonly string[];
  #saved = 0;

  /** `places` are folders of runs, absolute: DVC's own, and those that others share. */
  constructor(places: readonly string[]) {
    this.#places = places;
  }

  /** How many runs were added. */
  get saved(): number {
    return this.#saved;
  }

  /** The outputs of the last run of `stage` with this fingerprint, if there was one. */
  async find(stage: Stage, now: Fingerprint): Promise<readonly LockedPath[] | undefined> {
    const key = keyOf(
      now,
      stage.outs.map((out) => out.path),
    );
    for (const place of this.#places) {
      const outs = await newestRun(folderOf(place, key));
      if (outs) return outs;
    }
    return undefined;
  }

  async save(stage: Stage, ran: LockedStage): Promise<void> {
    if (!isRepeatable(stage) || !keepsOutputs(stage)) return;
    const key = keyOf(
      ran,
      ran.outs.map((out) => out.path),
    );
    this.#saved += 1;
    const [own, ...shared] = this.#places.map((place) => folderOf(place, key));
    if (own !== undefined) await writeRun(own, stageEntry(ran));
    // What others share is a hint: where it cannot be written, they run the stage themselves.
    for (const folder of shared) await writeRun(folder, stageEntry(ran)).catch(() => undefined);
  }
}

function folderOf(place: string, key: string): string {
  return path.join(place, key.slice(0, 2), key);
}

async function newestRun(folder: string): Promise<readonly LockedPath[] | undefined> {
  const newest = await newestIn(folder);
  if (newest === undefined) return undefined;
  try {
    const yaml = await readYaml(folder, newest, { exact: true });
    return readStageEntry(yaml?.value)?.outs;
  } catch {
    // An entry that cannot be read is as good as none.
    return undefined;
  }
}

async function writeRun(folder: string, entry: object): Promise<void> {
  const file = path.join(folder, sha256(entry));
  if (await exists(file)) return;
  await replaceFile(file, lockYaml(entry), { flush: true });
}

/** Whether the same inputs let expect the same outputs, and nothing else has a say in them. */
export function isRepeatable(stage: Stage): boolean {
  const inputs = stage.deps.length + stage.params.length;
  const persists = stage.outs.some(({ persist }) => persist);
  return inputs > 0 && stage.outs.length > 0 && !persists && !stage.alwaysChanged;
}

/** Whether all that the stage makes is in the cache; small metrics and plots are put there, too. */
export function keepsOutputs(stage: Stage): boolean {
  return stage.outs.every(({ cache, kind }) => cache || kind !== 'out');
}

function keyOf(
  { command, deps, params }: Omit<LockedStage, 'outs'>,
  outs: readonly string[],
): string {
  const entry = stageEntry({ command, deps, params, outs: [] });
  return sha256({ ...entry, outs: outs.toSorted(byCodePoints) });
}

function sha256(value: object): string {
  return encodedOf(hashBytes(pythonJson(hashed(value))));
}

function hashed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hashed);
  if (typeof value !== 'object' || value === null) return value;
  const entries: Iterable<readonly [unknown, unknown]> =
    value instanceof Map ? value : Object.entries(value);
  return new Map(
    Array.from(entries)
      .filter(([key]) => !NOT_HASHED.has(String(key)))
      .map(([key, inner]) => [key, hashed(inner)]),
  );
}

async function newestIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return [];
    throw thrown;
  });
  const entries = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map(async (name) => ({ name, time: (await stat(path.join(folder, name))).mtimeMs })),
  );
  return entries.toSorted((a, b) => b.time - a.time)[0]?.name;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
