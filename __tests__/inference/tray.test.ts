import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Tray } from '../../src/inference/tray.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tray '));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const large = Float32Array.from({ length: 10_001 }, (_, index) => index / 3);
const bits = BigInt64Array.from({ length: 5000 }, (_, index) => BigInt(-index));

/** What arrives in a process that opened the same file. */
function sent(message: unknown): unknown {
  const [ours, theirs] = [new Tray(path.join(folder, 'a')), new Tray(path.join(folder, 'a'))];
  const packed: unknown = JSON.parse(JSON.stringify(ours.pack(message)));
  const arrived = theirs.unpack(packed);
  ours.close();
  theirs.close();
  return arrived;
}

describe('Tray', () => {
  test('large arrays arrive as they were, each with its type', () => {
    const view = large.subarray(1, 9000);
    const message = { kind: 'run', feeds: { large, bits, view }, list: [1, 'two', null, [bits]] };
    expect(sent(message)).toEqual(message);
    expect(statSync(path.join(folder, 'a')).mode & 0o077).toBe(0);
  });

  test('what is small goes with the message', () => {
    const small = Float32Array.of(1, 2);
    const tray = new Tray(path.join(folder, 'b'));
    expect(tray.pack({ small })).toEqual({ small });
    expect(statSync(tray.path).size).toBe(0);
    tray.close();
  });

  test.each([
    { parked: 'Float32Array', at: 0, bytes: 2 ** 50 },
    { parked: 'Float32Array', at: -4, bytes: 4 },
    { parked: 'Float32Array', at: 0, bytes: 6 },
  ])('%j is not in the tray', (parked) => {
    const tray = new Tray(path.join(folder, 'c'));
    tray.pack({ large });
    expect(() => tray.unpack({ parked })).toThrow('not in the tray');
    tray.close();
  });

  test('arrays that are lent lie in the same memory from message to message', () => {
    const tray = new Tray(path.join(folder, 'e'), { lent: true });
    const first = tray.unpack(tray.pack([large, bits])) as [Float32Array, BigInt64Array];
    expect(first).toEqual([large, bits]);
    const [second] = tray.unpack(tray.pack([large.map((value) => -value)])) as [Float32Array];
    expect(second.buffer).toBe(first[0].buffer);
    expect(second[3]).toBe(-1);
    tray.close();
  });

  test('a file that became shorter is an error', () => {
    const tray = new Tray(path.join(folder, 'd'));
    const packed = tray.pack({ large });
    truncateSync(tray.path, 10);
    expect(() => tray.unpack(packed)).toThrow('not in the tray');
    tray.close();
  });
});
