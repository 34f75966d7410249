/** Writes .npy as numpy.lib.format does, with every field open to be made wrong. */
export interface NpyParts {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
  /** Replaces the header's text. */
  readonly header?: string;
}

export function npyBytes(parts: NpyParts): Buffer {
  const { descr, shape, data, fortran = false, version = 1 } = parts;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text =
    parts.header ??
    `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const used = 8 + lengthBytes + text.length + 1;
  const header = Buffer.from(`${text}${' '.repeat((64 - (used % 64)) % 64)}\n`);
  const prefix = Buffer.alloc(8 + lengthBytes);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  if (version === 1) prefix.writeUInt16LE(header.length, 8);
  else prefix.writeUInt32LE(header.length, 8);
  return Buffer.concat([prefix, header, data]);
}
