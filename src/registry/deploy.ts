import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';

/**
 * Fills a folder beside `output`, and puts it in its place only where `fill` says so: until then
 * what is deployed stays as it is. Killed in between, the next call puts the old one back.
 */
export async function replaceFolder(
  output: string,
  fill: (folder: string) => Promise<boolean>,
): Promise<void> {
  const previous = `${output}.previous`;
  await recover(output, previous);
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
