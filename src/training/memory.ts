import { freemem } from 'node:os';
import { UserError } from '../errors.ts';

/** Sizes in bytes. */
export interface MemoryNeeds {
  /** Every tensor of the forward graph, for one batch. */
  readonly activations: number;
  readonly parameters: number;
  /** Tensors that the optimizer keeps beside each parameter. */
  readonly states: number;
  /** The examples: sent to the training thread, they are there twice. */
  readonly data: number;
}

/**
 * How much memory training takes, roughly and rather too much: activations are kept for the way
 * back, where their gradients come to about as much; parameters and state lie in two buffers that
 * change places and in the graph that runs, and each parameter has a gradient.
 */
export function memoryNeeded({ activations, parameters, states, data }: MemoryNeeds): number {
  return 2 * activations + parameters * (3 * (1 + states) + 1) + 2 * data;
}

/** What this process may still take, by the machine and by its container. */
export function memoryAvailable(): number {
  const limit = process.constrainedMemory();
  // Without a limit it is 0, or a number beyond any machine's memory.
  const ofContainer = limit > 0 ? Math.max(0, limit - process.memoryUsage.rss()) : Infinity;
  return Math.min(freemem(), ofContainer);
}

/** @throws UserError where training would not fit */
export function checkMemory(needs: MemoryNeeds, available: number, batchSize: number): void {
  const needed = memoryNeeded(needs);
  if (needed <= available) return;
  const inGiB = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const hint =
    needs.activations * 2 > needed / 2
      ? `Lower 'batch-size', which is ${batchSize}.`
      : "Train fewer weights ('model: train'), or less data, or on a larger machine.";
  throw new UserError(
    `training takes about ${inGiB(needed)} of memory, and ${inGiB(available)} are free`,
    { hint },
  );
}
