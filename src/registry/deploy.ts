import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import { using } from '../store/system-error.ts';

/**
 * Fills a folder beside `output`, and puts it in its place only where `fill` says so: until then
 * what is deployed stays as it is. Killed in between, the next call puts the old one back.
 */
export function replaceFolder(
  output: string,
  fill: (folder: string) => Promise<boolean>,
): Promise<void> {
  return using(output, () => replace(output, fill));
}

async function replace(output: string, fill: (folder: string) => Promise<boolean>): Promise<void> {
  const previous = `${output}.previous`;
  await recover(output, previous);
  await sweep(output);
  const folder = `${output}.${randomUUID()}.tmp`;
  try {
    await mkdir(path.dirname(output), { recursive: true });
    await mkdir(folder);
    if (!(await fill(folder))) return;
    if (await exists(output)) await rename(output, previous);
    await rename(folder, output);
    await rm(previous, { recursive: true, force: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Long enough for the largest model; what is older was left by a job that was killed. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

async function sweep(output: string): Promise<void> {
  const parent = path.dirname(output);
  const names = (await exists(parent)) ? await readdir(parent) : [];
  for (const name of names) {
    if (!name.startsWith(`${path.basename(output)}.`) || !UNFINISHED.test(name)) continue;
    const status = await exists(path.join(parent, name));
    if (!status || Date.now() - status.mtimeMs < ABANDONED_MS) continue;
    await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

const UNFINISHED = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

async function recover(output: string, previous: string): Promise<void> {
  const status = await exists(output);
  if (status && !status.isDirectory()) {
    throw new UserError(`${output} is not a folder`, {
      hint: 'Name a folder in the input output, or one that is not there yet.',
    });
  }
  if (!(await exists(previous))) return;
  // Between two renames there is a moment without a deployment; this ends one that was cut there.
  if (status) await rm(previous, { recursive: true, force: true });
  else await rename(previous, output);
}

async function exists(file: string) {
  try {
    return await lstat(file);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
