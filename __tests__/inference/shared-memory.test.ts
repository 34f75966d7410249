import { describe, expect, test } from '@jest/globals';
import { copied, inSharedMemory, memoryOf } from '../../src/inference/shared-memory.ts';

const large = Float32Array.from({ length: 10_001 }, (_, index) => index / 3);
const bits = BigInt64Array.from({ length: 500 }, (_, index) => BigInt(-index));
const bytes = Uint8Array.of(1, 2, 3);
const memoryFor = (size: number) => new SharedArrayBuffer(size);

describe('inSharedMemory', () => {
  test('copies arrays of every type, and leaves the rest as it is', () => {
    const view = large.subarray(1, 9000);
    const message = { kind: 'run', feeds: { large, bytes, bits, view }, list: [1, null, [bits]] };
    const sent = inSharedMemory(message, memoryFor);
    expect(sent).toEqual(message);
    const memories = new Set<unknown>(memoryOf(sent));
    expect(memories.size).toBe(1);
    expect([...memories][0]).toBeInstanceOf(SharedArrayBuffer);
    expect(structuredClone(sent)).toEqual(message);
  });

  test('memory may be larger than what lies in it, and hold something from before', () => {
    const memory = new SharedArrayBuffer(1024);
    new Uint8Array(memory).fill(9);
    expect(inSharedMemory({ bytes, more: bytes.slice() }, () => memory)).toEqual({
      bytes,
      more: bytes,
    });
  });

  test('what lies in shared memory already stays where it is', () => {
    const shared = copied(large, new SharedArrayBuffer(large.byteLength)).subarray(5);
    const refuse = () => {
      throw new Error('no memory is needed');
    };
    const message = { shared, text: 'x' };
    expect(inSharedMemory(message, refuse).shared).toBe(shared);
    const both = inSharedMemory({ shared, bytes }, memoryFor);
    expect(both.shared).toBe(shared);
    expect(both.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
