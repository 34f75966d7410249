import { execFile } from 'node:child_process';
import { access, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { EnvironmentError } from '../errors.ts';

/** A 114 MB package over a slow line; without an end a dead proxy would hold the job for hours. */
const TIMEOUT_MS = 10 * 60_000;

/**
 * Downloads one package as a tarball into `folder` and returns its path. npm itself does it, so
 * that the registry, proxy and credentials that this machine is set up with are used.
 * @throws EnvironmentError where there is no npm, or npm cannot get it.
 */
export async function packPackage(
  specifier: string,
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const npm = await findNpm(environment);
  if (!npm) {
    throw new EnvironmentError(`npm was not found, so ${specifier} cannot be installed`, {
      hint: "Put npm on PATH (actions/setup-node does), or set input 'runtime' to a local copy of onnxruntime-node.",
    });
  }
  const arguments_ = ['pack', specifier, '--ignore-scripts', '--pack-destination', folder];
  try {
    // Started in an empty folder: an .npmrc of the repository under review has no say.
    await promisify(execFile)(npm.command, [...npm.arguments, ...arguments_], {
      cwd: folder,
      env: environment,
      timeout: TIMEOUT_MS,
    });
  } catch (cause) {
    throw new EnvironmentError(`${specifier} cannot be downloaded: ${reason(cause)}`, {
      hint: "Check the network and npm's registry and proxy settings, or set input 'runtime' to a local copy of onnxruntime-node (the folder that `npm install onnxruntime-node` makes).",
      cause,
    });
  }
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball) return path.join(folder, tarball);
  throw new EnvironmentError(`npm pack ${specifier} made no tarball`, {
    hint: "Set input 'runtime' to a local copy of onnxruntime-node.",
  });
}

interface Command {
  readonly command: string;
  readonly arguments: readonly string[];
}

/** The npm that came with this Node, else the first on PATH. Its script is run by this Node. */
async function findNpm(environment: NodeJS.ProcessEnv): Promise<Command | undefined> {
  const script = path.join('node_modules', 'npm', 'bin', 'npm-cli.js');
  const home = path.dirname(process.execPath);
  const folders = (environment.PATH ?? environment.Path ?? '')
    .split(path.delimiter)
    .filter(Boolean);
  const candidates = [
    path.join(home, '..', 'lib', script),
    path.join(home, script),
    ...folders.flatMap((folder) => [path.join(folder, script), path.join(folder, 'npm')]),
  ];
  for (const candidate of candidates) {
    const file = await existing(candidate);
    if (file === undefined) continue;
    return file.endsWith('.js')
      ? { command: process.execPath, arguments: [file] }
      : { command: file, arguments: [] };
  }
  return undefined;
}

async function existing(file: string): Promise<string | undefined> {
  try {
    await access(file);
    return await realpath(file);
  } catch {
    return undefined;
  }
}

/** npm's own summary of what went wrong, from its last lines. */
function reason(thrown: unknown): string {
  const { stderr = '', killed } = thrown as { stderr?: string; killed?: boolean };
  if (killed) return `npm did not finish within ${TIMEOUT_MS / 60_000} minutes`;
  const lines = stderr
    .split('\n')
    .filter((line) => /^npm (ERR!|error)/.test(line))
    .map((line) => line.replace(/^npm (ERR!|error) ?/, '').trim())
    .filter((line) => line && !line.startsWith('A complete log'));
  return lines.slice(0, 3).join('; ') || 'npm failed';
}
