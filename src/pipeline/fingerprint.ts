import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../errors.ts';
import type { LockedPath, LockedStage } from '../project/lock-file.ts';
import { readParams, type Params } from '../project/params.ts';
import type { Stage } from '../project/pipeline-file.ts';
import { contentOf } from './content.ts';

/** What decides whether a stage must run: its command, dependencies and parameters, as they are. */
export interface Fingerprint {
  readonly command: string | readonly string[];
  readonly deps: readonly LockedPath[];
  readonly params: Readonly<Record<string, Params>>;
}

/** Where a stage's paths start. */
export function folderOf(workspace: string, stage: Stage): string {
  return path.join(workspace, stage.workingDirectory);
}

/** @throws UserError where a dependency or a parameter is missing. */
export async function fingerprintOf(workspace: string, stage: Stage): Promise<Fingerprint> {
  const folder = folderOf(workspace, stage);
  const deps: LockedPath[] = [];
  for (const dep of byPath(stage.deps)) {
    const content = await contentOf(path.join(folder, dep), dep);
    if (!content) {
      throw new UserError(`stage '${stage.name}' depends on ${dep}, which does not exist`, {
        hint: 'Commit it, fetch it (git lfs pull, dvc pull), or declare the stage that makes it.',
        place: stage.place,
      });
    }
    deps.push(content.locked);
  }
  return { command: commandOf(stage), deps, params: await paramsOf(folder, stage) };
}

export function commandOf(stage: Stage): string | readonly string[] {
  return stage.commandIsList ? stage.commands : (stage.commands[0] ?? '');
}

async function paramsOf(folder: string, stage: Stage): Promise<Record<string, Params>> {
  const found: Record<string, Record<string, unknown>> = {};
  for (const request of stage.params) {
    const values = await readParams(folder, request, stage.place);
    found[request.file] = { ...found[request.file], ...values };
  }
  // DVC writes the default file first and sorts the others, and the keys within each.
  const files = Object.keys(found).toSorted((a, b) => order(a, b));
  return Object.fromEntries(files.map((file) => [file, sortedKeys(found[file] ?? {})]));
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function sortedKeys(values: Params): Params {
  return Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => order(a, b)));
}

function byPath(paths: readonly string[]): readonly string[] {
  return paths.toSorted(order);
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
  const flat = (params: Fingerprint['params']) =>
    new Map(
      Object.entries(params).flatMap(([file, values]) =>
        Object.entries(values).map(([key, value]) => [`${file}:${key}`, value] as const),
      ),
    );
  const [current, before] = [flat(now), flat(locked)];
  const names = new Set([...current.keys(), ...before.keys()]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(current.get(name), before.get(name)))
    .map((name) => {
      const key = name.startsWith('params.yaml:') ? name.slice('params.yaml:'.length) : name;
      return `parameter ${key} changed`;
    });
}
