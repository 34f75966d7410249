import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EnvironmentError, UserError } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import { installPackages, isInstalled, type PinnedPackage } from './installer.ts';
import { openRuntime, type OnnxRuntime } from './onnxruntime.ts';

export const RUNTIME_VERSION = '1.30.0';

const PACKAGES: readonly PinnedPackage[] = [
  {
    name: 'onnxruntime-node',
    version: RUNTIME_VERSION,
    integrity:
      'sha512-twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==',
  },
  {
    name: 'onnxruntime-common',
    version: RUNTIME_VERSION,
    integrity:
      'sha512-7fdVWjAID1dVhH/G8qK3APARunV4VkBFoCQAP7qp4Wkab0mrorvmc+sqiT+mKXOzDqdjN5j+/Z9nb4gzNPWcyA==',
  },
];

/** The binaries that the package carries. */
const PLATFORMS = ['darwin-arm64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64'];

export interface RuntimeSource {
  /** A folder that jobs of this machine share, absolute. */
  readonly toolCache: string;
  /** A copy that the user has: the folder of onnxruntime-node, absolute. */
  readonly local?: string | undefined;
  readonly log: Log;
}

/** Installs ONNX Runtime if it is not there yet, and loads it into this thread. */
export async function loadRuntime(source: RuntimeSource): Promise<OnnxRuntime> {
  return openRuntime(await installRuntime(source));
}

/**
 * The package folder of onnxruntime-node, for `openRuntime` in this or another thread: the user's
 * local copy; else the one installed together with model-ci itself; else the pinned version in the
 * tool cache, downloaded and checked the first time.
 * @throws UserError where `local` is no such folder, EnvironmentError where it cannot be installed.
 */
export async function installRuntime({ toolCache, local, log }: RuntimeSource): Promise<string> {
  if (local !== undefined) return checkLocal(local, log);
  const beside = await installedBeside();
  if (beside !== undefined) return beside;
  const target = platform();
  const folder = path.join(toolCache, 'onnxruntime-node', RUNTIME_VERSION, target);
  if (!(await isInstalled(folder))) {
    log.info(`Installing ONNX Runtime ${RUNTIME_VERSION} for ${target}, once per machine`);
    const binaries = `bin/napi-v6/${process.platform}/${process.arch}/`;
    await installPackages({
      packages: PACKAGES,
      folder,
      wants: (name) => !name.startsWith('bin/') || name.startsWith(binaries),
      environment: process.env,
    });
  }
  return path.join(folder, 'node_modules', 'onnxruntime-node');
}

function platform(): string {
  const name = `${process.platform}-${process.arch}`;
  if (PLATFORMS.includes(name)) return name;
  throw new EnvironmentError(`ONNX Runtime has no binary for ${name}`, {
    hint: `Run on one of: ${PLATFORMS.join(', ')}.`,
  });
}

async function checkLocal(folder: string, log: Log): Promise<string> {
  const found = await packageAt(folder);
  if (found?.name !== 'onnxruntime-node') {
    throw new UserError(`${folder} is not a copy of onnxruntime-node`, {
      hint: "Set input 'runtime' to the package's folder, such as node_modules/onnxruntime-node.",
    });
  }
  if (found.version !== RUNTIME_VERSION) {
    log.warning(
      `The local ONNX Runtime is ${String(found.version)}; model-ci is tested with ${RUNTIME_VERSION}.`,
    );
  }
  return folder;
}

/** The script that runs is model-ci's own: what stands beside it was installed with it. */
async function installedBeside(): Promise<string | undefined> {
  const [, script] = process.argv;
  if (script === undefined) return undefined;
  try {
    const { resolve } = createRequire(realpathSync(script));
    const folder = path.dirname(resolve('onnxruntime-node/package.json'));
    const found = await packageAt(folder);
    return found?.version === RUNTIME_VERSION ? folder : undefined;
  } catch {
    return undefined;
  }
}

async function packageAt(folder: string): Promise<{ name?: string; version?: string } | undefined> {
  try {
    const text = await readFile(path.join(folder, 'package.json'), 'utf8');
    return JSON.parse(text) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
