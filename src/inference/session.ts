import type { InferenceSession } from 'onnxruntime-node';
import { messageOf } from '../errors.ts';
import { readSoundModel } from '../onnx/read.ts';
import { stretchOf } from '../onnx/tensor.ts';
import { tensorsOf } from '../onnx/walk.ts';
import type { Provider } from '../project/inference-policy.ts';
import { isWebAssembly, type OnnxRuntime } from './onnxruntime.ts';
import type { LoadedModel, RequestOf } from './protocol.ts';

/** A model that is ready to run, and by what. */
export interface OpenSession extends Pick<LoadedModel, 'provider' | 'fallback'> {
  readonly session: InferenceSession;
}

/** Loads a model for the provider that is asked for, or for what takes its place. */
export function openSession(
  runtime: OnnxRuntime,
  request: RequestOf<'load'>,
): Promise<OpenSession> {
  return isWebAssembly(runtime) ? webAssembly(runtime, request) : native(runtime, request);
}

/**
 * After a run the threads of a session would look for work for some 40 ms, and take the processor
 * from whoever prepares the next batch, from other replicas, and from the model that this one races.
 */
const BETWEEN_RUNS = { session: { force_spinning_stop: '1' } };

/** Only errors: ONNX Runtime's warnings are about its own optimisations. */
const ERRORS = 3;

async function native(
  runtime: OnnxRuntime,
  { path, threads, provider }: RequestOf<'load'>,
): Promise<OpenSession> {
  const create = (executionProvider: Provider) =>
    runtime.InferenceSession.create(path, {
      executionProviders: [executionProvider],
      intraOpNumThreads: threads,
      extra: BETWEEN_RUNS,
      logSeverityLevel: ERRORS,
    });
  try {
    return { session: await create(provider), provider, fallback: undefined };
  } catch (thrown) {
    if (provider === 'cpu') throw thrown;
    // A model that the CPU does not run either is to blame itself.
    return { session: await create('cpu'), provider: 'cpu', fallback: messageOf(thrown) };
  }
}

async function webAssembly(
  runtime: OnnxRuntime,
  { path, threads }: RequestOf<'load'>,
): Promise<OpenSession> {
  // All sessions of a process share the threads that the first of them starts.
  runtime.env.wasm.numThreads ??= threads;
  const session = await runtime.InferenceSession.create(path, {
    executionProviders: ['wasm'],
    externalData: await externalData(path),
    logSeverityLevel: ERRORS,
  });
  return { session, provider: 'wasm', fallback: undefined };
}

/** WebAssembly sees no files but those that it is given, by the names that the model has for them. */
async function externalData(file: string): Promise<{ path: string; data: string }[]> {
  const files = new Map<string, string>();
  for (const { tensor } of tensorsOf(await readSoundModel(file))) {
    if (tensor.data.kind !== 'external') continue;
    const stretch = stretchOf(file, tensor);
    if (stretch) files.set(tensor.data.entries.get('location') ?? '', stretch.file);
  }
  return [...files].map(([path, data]) => ({ path, data }));
}
