import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { UserError } from '../../src/errors.ts';
import { readNpy, readNpyStream } from '../../src/formats/npy.ts';
import { npyBytes } from './npy-writer.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'npy '));
let files = 0;

function file(bytes: Uint8Array): string {
  files += 1;
  const name = path.join(folder, `${files}.npy`);
  writeFileSync(name, bytes);
  return name;
}

const read = async (bytes: Uint8Array) => readNpy(file(bytes), 'data.npy');
const bytesOf = (values: { buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);

describe('readNpy', () => {
  test.each([
    ['|b1', 'bool', Uint8Array.of(0, 1, 1)],
    ['|i1', 'int8', Int8Array.of(-128, 0, 127)],
    ['|u1', 'uint8', Uint8Array.of(0, 7, 255)],
    ['<i2', 'int16', Int16Array.of(-32768, 0, 5)],
    ['<u2', 'uint16', Uint16Array.of(0, 1, 65535)],
    ['<i4', 'int32', Int32Array.of(-5, 0, 2 ** 31 - 1)],
    ['<u4', 'uint32', Uint32Array.of(0, 1, 2 ** 32 - 1)],
    ['<i8', 'int64', BigInt64Array.of(-(2n ** 63n), 0n, 5n)],
    ['<u8', 'uint64', BigUint64Array.of(0n, 1n, 2n ** 64n - 1n)],
    ['<f2', 'float16', Uint16Array.of(0x3c00, 0, 0xc000)],
    ['<f4', 'float32', Float32Array.of(-0.5, NaN, Infinity)],
    ['<f8', 'float64', Float64Array.of(1e-300, 0.1, -Infinity)],
  ])('reads %s', async (descr, elementType, values) => {
    for (const version of [1, 2, 3] as const) {
      const bytes = npyBytes({ descr, shape: [3], data: bytesOf(values), version });
      expect(await read(bytes)).toEqual({ elementType, shape: [3], values });
    }
  });

  test('turns big-endian values round', async () => {
    const array = await read(
      npyBytes({ descr: '>i4', shape: [2], data: Buffer.from('0000000100000200', 'hex') }),
    );
    expect(array.values).toEqual(Int32Array.of(1, 512));
  });

  test('reads a scalar and an empty array', async () => {
    const one = await read(
      npyBytes({ descr: '<f4', shape: [], data: bytesOf(Float32Array.of(2)) }),
    );
    expect(one).toEqual({ elementType: 'float32', shape: [], values: Float32Array.of(2) });
    const none = await read(npyBytes({ descr: '<f4', shape: [0, 3], data: new Uint8Array() }));
    expect(none.values).toHaveLength(0);
  });

  test('brings Fortran order into C order, for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
        async (shape) => {
          const count = shape.reduce((a, b) => a * b, 1);
          const fortran = new Int32Array(count);
          for (let c = 0; c < count; c++) {
            // The C index of an element, taken apart and put together the other way.
            let rest = c;
            const index = shape.toReversed().map((size) => {
              const at = rest % size;
              rest = Math.floor(rest / size);
              return at;
            });
            const at = index.reverse().reduceRight((sum, i, axis) => i + sum * shape[axis]!, 0);
            fortran[at] = c;
          }
          const array = await read(
            npyBytes({ descr: '<i4', shape, data: bytesOf(fortran), fortran: true }),
          );
          expect(Array.from(array.values, Number)).toEqual(
            Array.from({ length: count }, (_, i) => i),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test('the same values however the stream is cut', async () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => i / 3);
    const bytes = npyBytes({ descr: '<f8', shape: [5, 10], data: bytesOf(values) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), async (size) => {
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        const options = { label: 'x', size: bytes.length };
        expect((await readNpyStream(Readable.from(chunks), options)).values).toEqual(values);
      }),
    );
  });

  test.each([
    ['another file', Buffer.from('hello, this is no array at all'), /does not start/],
    ['an empty file', Buffer.alloc(0), /ends within its header/],
    ['objects', npyBytes({ descr: '|O', shape: [1], data: new Uint8Array(8) }), /holds '\|O'/],
    ['strings', npyBytes({ descr: '<U3', shape: [1], data: new Uint8Array(12) }), /holds '<U3'/],
    [
      'a record',
      npyBytes({
        descr: '',
        shape: [],
        data: new Uint8Array(),
        header: "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }",
      }),
      /holds \[/,
    ],
    [
      'code in the header',
      npyBytes({ descr: '', shape: [], data: new Uint8Array(), header: "__import__('os')" }),
      /no dictionary/,
    ],
    [
      'a key twice',
      npyBytes({
        descr: '',
        shape: [],
        data: new Uint8Array(),
        header: "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
      }),
      /malformed header/,
    ],
    [
      'a shape beyond all memory',
      npyBytes({ descr: '<f4', shape: [1e9, 1e9], data: new Uint8Array() }),
      /impossible shape/,
    ],
    [
      'a shape beyond the file',
      npyBytes({ descr: '<f4', shape: [1e12], data: new Uint8Array(4) }),
      /needs 4000000000/,
    ],
    [
      'a negative size',
      npyBytes({
        descr: '',
        shape: [],
        data: new Uint8Array(),
        header: "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
      }),
      /header/,
    ],
    ['values that go on', npyBytes({ descr: '<f4', shape: [1], data: new Uint8Array(8) }), /needs/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
    await expect(read(bytes)).rejects.toThrow(UserError);
  });

  test('refuses a header that is far too long', async () => {
    const bytes = npyBytes({ descr: '<f4', shape: [1], data: new Uint8Array(4), version: 2 });
    bytes.writeUInt32LE(4_000_000_000, 8);
    await expect(read(bytes)).rejects.toThrow(/header of 4000000000 bytes/);
  });

  test('reserves nothing for a stream that claims terabytes', async () => {
    const size = 3 * 1024 ** 3;
    const bytes = npyBytes({ descr: '|u1', shape: [size - 128], data: new Uint8Array(8) });
    const before = process.memoryUsage().arrayBuffers;
    const stream = readNpyStream(Readable.from([bytes]), { label: 'x', size });
    await expect(stream).rejects.toThrow(/ends before its last value/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('cut anywhere, it is refused and nothing else happens', async () => {
    const bytes = npyBytes({ descr: '<f4', shape: [4], data: new Uint8Array(16) });
    for (let length = 0; length < bytes.length; length++) {
      await expect(read(bytes.subarray(0, length))).rejects.toThrow(UserError);
    }
  });

  test('any changed byte gives an array or a UserError', async () => {
    const bytes = npyBytes({ descr: '<i4', shape: [2, 2], data: new Uint8Array(16) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
          maxLength: 6,
        }),
        async (changes) => {
          const changed = Buffer.from(bytes);
          for (const [at, value] of changes) changed[at] = value;
          const stream = readNpyStream(Readable.from([changed]), {
            label: 'x',
            size: bytes.length,
          });
          const outcome = await stream.catch((thrown: unknown) => thrown);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(UserError);
          else expect(outcome).toHaveProperty('values');
        },
      ),
      { numRuns: 500 },
    );
  });
});
