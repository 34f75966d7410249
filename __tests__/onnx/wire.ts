/** Encodes protobuf by hand, so that tests can also write what no library would. */
export type Bytes = Uint8Array;

export function join(...parts: readonly (Uint8Array | readonly number[])[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

export function integer(field: number, value: number | bigint): Bytes {
  return join(varint(field * 8), varint(value));
}

export function bytes(field: number, value: Uint8Array | string): Bytes {
  const content = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return join(varint(field * 8 + 2), varint(content.length), content);
}

export function message(field: number, ...parts: readonly Uint8Array[]): Bytes {
  return bytes(field, join(...parts));
}

/** A ValueInfoProto of float32. */
export function floatValue(field: number, name: string, dims: readonly number[]): Bytes {
  const shape = message(2, ...dims.map((dim) => message(1, integer(1, dim))));
  return message(field, bytes(1, name), message(2, message(1, integer(1, 1), shape)));
}

/** A float32 initializer in raw_data. */
export function initializer(name: string, dims: readonly number[], raw: Uint8Array): Bytes {
  return message(
    5,
    ...dims.map((dim) => integer(1, dim)),
    integer(2, 1),
    bytes(8, name),
    bytes(9, raw),
  );
}

export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...rest: readonly Uint8Array[]
): Bytes {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, opType),
    ...rest,
  );
}

/** A sound model around the parts of its graph: IR 8, opset 17. */
export function model(...graph: readonly Uint8Array[]): Bytes {
  return join(integer(1, 8), message(8, integer(2, 17)), message(7, bytes(2, 'g'), ...graph));
}

/** y = x + w, two floats wide. */
export function adder(): Bytes {
  return model(
    node('Add', ['x', 'w'], ['y']),
    initializer('w', [2], new Uint8Array(8)),
    floatValue(11, 'x', [2]),
    floatValue(12, 'y', [2]),
  );
}
