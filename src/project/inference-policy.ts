import { z } from 'zod';

export const PROVIDERS = ['cpu', 'cuda', 'wasm'] as const;

/** How the models of an evaluation are run; what is not said is found out on the machine. */
export const inferencePolicy = z.strictObject({
  provider: z
    .enum(PROVIDERS)
    .default('cpu')
    .describe(
      'What runs the models. cuda needs a copy of ONNX Runtime with its CUDA libraries (input runtime); where it does not load, the CPU takes over. wasm is the WebAssembly build, which also takes over where there is no native binary for the machine. The report says so.',
    ),
  goal: z
    .union([
      z.literal('throughput'),
      z.strictObject({ 'latency-ms': z.number().positive() }),
      z.strictObject({ 'memory-mb': z.number().positive() }),
    ])
    .default('throughput')
    .describe(
      'What threads and batch size are chosen for: as many examples as possible, with no batch slower than latency-ms, or with a process no larger than memory-mb.',
    ),
});

export type Provider = (typeof PROVIDERS)[number];
export type InferencePolicy = z.infer<typeof inferencePolicy>;
export type Goal = InferencePolicy['goal'];
