import type { Random } from './random.ts';

/**
 * Uniform between -1 / sqrt(fan in) and its opposite: what PyTorch's Linear and Conv layers start
 * from, weight and bias alike (kaiming_uniform_ with a = sqrt(5) comes to the same bound).
 */
export function uniformByFanIn(random: Random, count: number, fanIn: number): Float32Array {
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound);
}

/** Standard normal: PyTorch's Embedding. */
export function standardNormal(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}
