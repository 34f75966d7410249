import { elementCount, viewOf } from '../formats/nd-array.ts';
import type { Feeds, Tensor } from './protocol.ts';

/** The feeds cut along their first axis, without a copy; whole where no batch is given. */
export function inBatches(feeds: Feeds, batch: number | undefined): readonly Feeds[] {
  const rows = Object.values(feeds)[0]?.shape[0] ?? 0;
  if (batch === undefined || rows <= batch) return [feeds];
  return Array.from({ length: Math.ceil(rows / batch) }, (_, index) => {
    const [from, to] = [index * batch, Math.min(rows, (index + 1) * batch)];
    return Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, rowsOf(tensor, from, to)]),
    );
  });
}

function rowsOf({ elementType, shape, values }: Tensor, from: number, to: number): Tensor {
  const inner = shape.slice(1);
  const size = elementCount(inner);
  return {
    elementType,
    shape: [to - from, ...inner],
    values: values.subarray(from * size, to * size),
  };
}

/**
 * One tensor of the rows of all.
 * @throws Error where their rows differ in shape
 */
export function joined(parts: readonly Tensor[]): Tensor {
  const [first, ...others] = parts;
  if (!first) throw new Error('there is nothing to join');
  if (others.length === 0) return first;
  const { elementType, shape } = first;
  const inner = shape.slice(1);
  const other = others.find((part) => part.shape.slice(1).join() !== inner.join());
  if (other) {
    const shapes = [first, other].map((part) => `[${part.shape.join(', ')}]`);
    throw new Error(`one batch gives ${shapes.join(', another ')}`);
  }
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  const bytes = new Uint8Array(parts.reduce((sum, { values }) => sum + values.byteLength, 0));
  let at = 0;
  for (const { values } of parts) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return { elementType, shape: [rows, ...inner], values: viewOf(elementType, bytes) };
}
