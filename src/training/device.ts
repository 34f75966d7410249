import type { InferenceSession } from 'onnxruntime-node';
import { EnvironmentError, messageOf } from '../errors.ts';
import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE } from '../onnx/model.ts';
import { encodeModel } from '../onnx/write.ts';
import { IR_VERSION, OPSET } from './architecture.ts';

export const DEVICES = ['cpu', 'cuda'] as const;

/** What training runs on. `cuda` is experimental. */
export type Device = (typeof DEVICES)[number];

export function sessionOptions(settings: {
  readonly threads: number;
  readonly device: Device;
}): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    // What CUDA has no kernel for runs on the CPU.
    executionProviders: settings.device === 'cpu' ? ['cpu'] : [settings.device, 'cpu'],
  };
}

/** @throws EnvironmentError where the device is not there, or its libraries are not */
export async function checkDevice(runtime: OnnxRuntime, device: Device): Promise<void> {
  if (device === 'cpu') return;
  const level = runtime.env.logLevel;
  // What it would print is in the error, too.
  runtime.env.logLevel = 'fatal';
  try {
    const options = { ...sessionOptions({ threads: 1, device }), logSeverityLevel: 4 as const };
    const session = await runtime.InferenceSession.create(smallestModel(), options);
    await session.release();
  } catch (cause) {
    throw new EnvironmentError(`device '${device}' cannot be used: ${messageOf(cause)}`, {
      hint: "Train with 'device: cpu', or on a machine with an NVIDIA GPU, CUDA, cuDNN and the CUDA build of onnxruntime-node.",
      cause,
    });
  } finally {
    if (level !== undefined) runtime.env.logLevel = level;
  }
}

function smallestModel(): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('x', DATA_TYPE.float, [1]);
  builder.node('Relu', ['x'], ['y']);
  builder.output('y', DATA_TYPE.float, [1]);
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: OPSET }],
    graph: builder.graph('smallest'),
    functions: [],
    metadata: new Map(),
  });
}
