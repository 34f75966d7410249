import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { Model } from '../../project/models.ts';
import type { Ports } from '../../runner/ports.ts';
import { locate, type Located } from './candidate.ts';

const RECORD = 'baseline.json';
const FILES = 'files';

const recordSchema = z.object({ model: z.string(), digest: z.string(), commit: z.string() });

export interface RecordedBaseline {
  readonly located: Located;
  /** The commit of the default branch that it comes from. */
  readonly commit: string;
}

/** Within the workspace: the cache knows a folder by its path, and finds it there again. */
function folderOf(model: Model): string {
  return `.model-ci/baseline/${model.name}`;
}

function keyOf(model: Model): string {
  return `model-ci-baseline-${model.name}-`;
}

/**
 * The model that the default branch recorded last. A hint: undefined where the cache has none, or
 * has something that is not what it says.
 */
export async function restoreBaseline(
  model: Model,
  { cache, workspace, log }: Ports,
): Promise<RecordedBaseline | undefined> {
  const folder = folderOf(model);
  const absolute = path.join(workspace, folder);
  await rm(absolute, { recursive: true, force: true });
  // No key is ever just the prefix, so the newest that begins with it is found.
  const key = await cache.restore([folder], keyOf(model), [keyOf(model)]);
  if (key === undefined) return undefined;
  try {
    const text = await readFile(path.join(absolute, RECORD), 'utf8');
    const record = recordSchema.parse(JSON.parse(text));
    const copy = { ...model, path: `${folder}/${FILES}` };
    const located = await locate(
      workspace,
      copy,
      `${model.name} of ${record.commit.slice(0, 7) || 'the default branch'}`,
    );
    if (located.snapshot.digest === record.digest && record.model === model.name) {
      return { located, commit: record.commit };
    }
    log.warning(`The recorded baseline ${key} is not the model that it names; it is not used.`);
  } catch (thrown) {
    log.warning(`The recorded baseline ${key} cannot be used: ${messageOf(thrown)}`);
  }
  return undefined;
}

/** Keeps an accepted model as the baseline of the next pull requests. */
export async function recordBaseline(
  model: Model,
  { files, snapshot }: Located,
  { cache, workspace, event }: Ports,
): Promise<void> {
  const folder = folderOf(model);
  const absolute = path.join(workspace, folder);
  await rm(absolute, { recursive: true, force: true });
  for (const file of files) {
    const target = path.join(absolute, FILES, file.name);
    await mkdir(path.dirname(target), { recursive: true });
    await cp(file.absolute, target);
  }
  const record = { model: model.name, digest: snapshot.digest, commit: event.commit };
  await writeFile(path.join(absolute, RECORD), JSON.stringify(record));
  await cache.save([folder], `${keyOf(model)}${snapshot.digest.replace(':', '-')}`);
}
