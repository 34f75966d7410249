import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EnvironmentError, UserError } from '../errors.ts';
import type { Provider } from '../project/inference-policy.ts';
import type { Log } from '../runner/ports.ts';
import {
  NATIVE,
  RUNTIME_VERSION,
  thisMachine,
  WEB_ASSEMBLY,
  whyNotNative,
  type Build,
} from './builds.ts';
import { installPackages, isInstalled } from './installer.ts';

export interface RuntimeSource {
  /** A folder that jobs of this machine share, absolute. */
  readonly toolCache: string;
  /** A copy that the user has: the folder of onnxruntime-node or onnxruntime-web, absolute. */
  readonly local?: string | undefined;
  readonly log: Log;
}

export interface ChosenRuntime {
  /** The package folder, for `openRuntime` in this or another thread. */
  readonly folder: string;
  /** Why it is the WebAssembly build, where another was asked for. */
  readonly fallback: string | undefined;
}

/**
 * The build of ONNX Runtime that a provider needs, and WebAssembly where the native one has no
 * binary for this machine: the user's local copy; else the one installed together with model-ci
 * itself; else the pinned version in the tool cache, downloaded and checked the first time.
 * @throws UserError where `local` is no such folder, EnvironmentError where it cannot be installed.
 */
export async function chooseRuntime(
  source: RuntimeSource,
  provider: Provider,
): Promise<ChosenRuntime> {
  if (source.local !== undefined) return chooseLocal(source.local, provider, source.log);
  const fallback = provider === 'wasm' ? undefined : whyNotNative(thisMachine());
  const build = provider === 'wasm' || fallback !== undefined ? WEB_ASSEMBLY : NATIVE;
  return { folder: await install(build, source), fallback };
}

/**
 * The native build alone, for what WebAssembly cannot do.
 * @throws EnvironmentError where there is none for this machine.
 */
export async function installRuntime(source: RuntimeSource): Promise<string> {
  const { local, log } = source;
  if (local !== undefined) {
    if ((await checkLocal(local, log)) === NATIVE.name) return local;
    throw notACopy(local, NATIVE);
  }
  const why = whyNotNative(thisMachine());
  if (why === undefined) return install(NATIVE, source);
  throw new EnvironmentError(why, { hint: 'Run on another machine.' });
}

async function chooseLocal(folder: string, provider: Provider, log: Log): Promise<ChosenRuntime> {
  const name = await checkLocal(folder, log);
  if (provider === 'wasm') {
    if (name !== WEB_ASSEMBLY.name) throw notACopy(folder, WEB_ASSEMBLY);
    return { folder, fallback: undefined };
  }
  const fallback = "input 'runtime' is a copy of the WebAssembly build";
  return { folder, fallback: name === WEB_ASSEMBLY.name ? fallback : undefined };
}

async function checkLocal(folder: string, log: Log): Promise<string> {
  const found = await packageAt(folder);
  if (found?.name !== NATIVE.name && found?.name !== WEB_ASSEMBLY.name) {
    throw notACopy(folder, NATIVE);
  }
  if (found.version !== RUNTIME_VERSION) {
    log.warning(
      `The local ONNX Runtime is ${String(found.version)}; model-ci is tested with ${RUNTIME_VERSION}.`,
    );
  }
  return found.name;
}

function notACopy(folder: string, { name }: Build): UserError {
  return new UserError(`${folder} is not a copy of ${name}`, {
    hint: `Set input 'runtime' to the package's folder, such as node_modules/${name}.`,
  });
}

async function install(build: Build, { toolCache, log }: RuntimeSource): Promise<string> {
  const beside = await installedBeside(build);
  if (beside !== undefined) return beside;
  const { name, title, target, packages } = build;
  const folder = path.join(toolCache, name, RUNTIME_VERSION, target);
  if (!(await isInstalled(folder))) {
    log.info(`Installing ${title}, once per machine`);
    await installPackages({ packages, folder, environment: process.env });
  }
  return path.join(folder, 'node_modules', name);
}

/** The script that runs is model-ci's own: what stands beside it was installed with it. */
async function installedBeside({ name }: Build): Promise<string | undefined> {
  const [, script] = process.argv;
  if (script === undefined) return undefined;
  try {
    const { resolve } = createRequire(realpathSync(script));
    // The entry is in `dist`; the manifest itself need not be exported.
    const folder = path.dirname(path.dirname(resolve(name)));
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
