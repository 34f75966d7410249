import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../errors.ts';
import { packPackage } from './npm.ts';

/** Written last: a folder without it was left by a job that was killed. */
const MARKER = '.complete';

/** Two jobs may both clear away what a third left; beyond a few rounds something else is wrong. */
const MOVE_ATTEMPTS = 5;

/** A published package, with the SHA-512 of its tarball as npm's lock file writes it. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  /** Which of its files are wanted, by their path within it; all unless given. */
  readonly wants?: (name: string) => boolean;
}

export interface Installation {
  readonly packages: readonly PinnedPackage[];
  /** Where `node_modules` with the packages shall be, absolute. */
  readonly folder: string;
  /** npm's environment. */
  readonly environment: NodeJS.ProcessEnv;
}

export async function isInstalled(folder: string): Promise<boolean> {
  return exists(path.join(folder, MARKER));
}

/**
 * Downloads, checks and unpacks beside the folder, and renames into place at the end: two jobs on
 * one machine never see half of it, and the slower one finds its work done.
 * @throws EnvironmentError where a package cannot be had, or is not the one that was pinned.
 */
export async function installPackages(installation: Installation): Promise<void> {
  const { folder, packages } = installation;
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  const temporary = await mkdtemp(path.join(parent, '.installing-'));
  try {
    const made = path.join(temporary, 'made');
    for (const pinned of packages) {
      const downloads = path.join(temporary, pinned.name.replace('/', '+'));
      await mkdir(downloads);
      const specifier = `${pinned.name}@${pinned.version}`;
      const tarball = await packPackage(specifier, downloads, installation.environment);
      await checkIntegrity(tarball, specifier, pinned.integrity);
      await unpack(tarball, path.join(made, 'node_modules', pinned.name), pinned);
    }
    await writeFile(path.join(made, MARKER), '');
    await moveIntoPlace(made, folder, temporary);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function checkIntegrity(
  tarball: string,
  specifier: string,
  integrity: string,
): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  const found = `sha512-${hash.digest('base64')}`;
  if (found === integrity) return;
  throw new EnvironmentError(`${specifier} came with other bytes than were published`, {
    hint: `Expected ${integrity}, found ${found}. Look at the registry or proxy that npm uses, or set input 'runtime' to a local copy.`,
  });
}

async function unpack(
  tarball: string,
  folder: string,
  { wants = () => true }: PinnedPackage,
): Promise<void> {
  const { extract } = await import('tar');
  await mkdir(folder, { recursive: true });
  // npm's tarballs hold everything in one folder, whatever its name.
  const inner = (name: string) => name.slice(name.indexOf('/') + 1);
  await extract({ file: tarball, cwd: folder, strip: 1, filter: (name) => wants(inner(name)) });
}

async function moveIntoPlace(made: string, folder: string, temporary: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(made, folder);
      return;
    } catch (thrown) {
      if (await isInstalled(folder)) return;
      if (attempt === MOVE_ATTEMPTS) throw thrown;
      // Something incomplete lies in the way: put it aside, to be removed with the rest.
      await rename(folder, path.join(temporary, `incomplete-${attempt}`)).catch(() => undefined);
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
