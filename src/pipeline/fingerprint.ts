import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../errors.ts';
import type { LockedPath, LockedStage } from '../project/lock-file.ts';
import { readParams, type Params } from '../project/params.ts';
import { DEFAULT_PARAMS, type Stage } from '../project/pipeline-file.ts';
import { byCodePoints, sameValue, type Value } from '../project/value.ts';
import type { Contents } from './content.ts';
import { mapInParallel } from './parallel.ts';

/** What decides whether a stage must run: its command, dependencies and parameters, as they are. */
export interface Fingerprint {
  readonly command: string | readonly string[];
  readonly deps: readonly LockedPath[];
  readonly params: ReadonlyMap<string, Params>;
}

/** Where a stage's paths start. */
export function folderOf(workspace: string, stage: Stage): string {
  return path.join(workspace, stage.workingDirectory);
}

/** @throws UserError where a dependency or a parameter is missing. */
export async function fingerprintOf(
  workspace: string,
  stage: Stage,
  contents: Contents,
): Promise<Fingerprint> {
  const folder = folderOf(workspace, stage);
  const deps = await mapInParallel(byPath(stage.deps), async (dep) => {
    const content = await contents.of(path.join(folder, dep), dep);
    if (!content) {
      throw new UserError(`stage '${stage.name}' depends on ${dep}, which does not exist`, {
        hint: 'Commit it, fetch it (git lfs pull, dvc pull), or declare the stage that makes it.',
        place: stage.place,
      });
    }
    return content.locked;
  });
  return { command: stage.command, deps, params: await paramsOf(folder, stage) };
}

async function paramsOf(folder: string, stage: Stage): Promise<ReadonlyMap<string, Params>> {
  const found = new Map<string, Params>();
  for (const request of stage.params) {
    const values = await readParams(folder, request, stage.place);
    found.set(request.file, new Map([...(found.get(request.file) ?? []), ...values]));
  }
  const files = Array.from(found).toSorted(([a], [b]) => byDefaultFile(a, b));
  return new Map(files.map(([file, values]) => [file, sortedKeys(values)]));
}

/** DVC writes the default file first and sorts the others. */
function byDefaultFile(a: string, b: string): number {
  if (a === b) return 0;
  return a === DEFAULT_PARAMS ? -1 : b === DEFAULT_PARAMS ? 1 : byCodePoints(a, b);
}

function sortedKeys(values: Params): Params {
  return new Map(Array.from(values).toSorted(([a], [b]) => byCodePoints(a, b)));
}

function byPath(paths: readonly string[]): readonly string[] {
  return paths.toSorted(byCodePoints);
}

/** Why the fingerprint is not the one in the lock; empty where it is. */
export function differences(now: Fingerprint, locked: LockedStage | undefined): readonly string[] {
  if (!locked) return ['it never ran'];
  const reasons: string[] = [];
  if (!isDeepStrictEqual(now.command, locked.command)) reasons.push('its command changed');
  const before = new Map(locked.deps.map((dep) => [dep.path, dep]));
  for (const dep of now.deps) {
    const known = before.get(dep.path);
    if (!known) reasons.push(`${dep.path} is a new dependency`);
    else if (known.md5 !== dep.md5) reasons.push(`${dep.path} changed`);
    before.delete(dep.path);
  }
  for (const gone of before.keys()) reasons.push(`${gone} is no dependency any more`);
  return [...reasons, ...paramDifferences(now.params, locked.params)];
}

function paramDifferences(
  now: Fingerprint['params'],
  locked: Fingerprint['params'],
): readonly string[] {
  const [current, before] = [flat(now), flat(locked)];
  const names = new Set([...current.keys(), ...before.keys()]);
  return [...names]
    .filter((name) => !sameValue(current.get(name), before.get(name)))
    .map((name) => `parameter ${name} changed`);
}

function flat(params: Fingerprint['params']): ReadonlyMap<string, Value> {
  const nameOf = (file: string, key: string) => (file === DEFAULT_PARAMS ? key : `${file}:${key}`);
  return new Map(
    Array.from(params).flatMap(([file, values]) =>
      Array.from(values, ([key, value]) => [nameOf(file, key), value] as const),
    ),
  );
}
