import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Runtime from 'onnxruntime-node';
import { EnvironmentError, messageOf } from '../errors.ts';

export type OnnxRuntime = typeof Runtime;

/**
 * Loads onnxruntime-node, or onnxruntime-web with its WebAssembly build, from its package folder.
 * Takes nothing from the network and reports nothing to it; in a worker thread, only where that has
 * the environment of the process (SHARE_ENV), as native code sees no other.
 * @throws EnvironmentError where the library does not load on this machine.
 */
export function openRuntime(folder: string): OnnxRuntime {
  // On Linux it would send telemetry by default. What is evaluated here is nobody else's business.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const manifest = path.join(folder, 'package.json');
  try {
    return createRequire(manifest)(folder) as OnnxRuntime;
  } catch (cause) {
    throw new EnvironmentError(`ONNX Runtime at ${folder} does not load: ${messageOf(cause)}`, {
      hint: 'The native build needs Linux with glibc 2.28, macOS on ARM or Windows; elsewhere set evaluation.inference.provider to wasm. Both need the onnxruntime-common package beside them.',
      cause,
    });
  }
}

/** Whether it is the WebAssembly build, which has the same interface. */
export function isWebAssembly({ env }: OnnxRuntime): boolean {
  return env.versions.web !== undefined;
}
