/** Bits of one element by TensorType (schema.fbs); undefined for strings, resources and variants. */
const BITS: readonly (number | undefined)[] = [
  32, // FLOAT32
  16, // FLOAT16
  32, // INT32
  8, // UINT8
  64, // INT64
  undefined, // STRING
  8, // BOOL
  16, // INT16
  64, // COMPLEX64
  8, // INT8
  64, // FLOAT64
  128, // COMPLEX128
  64, // UINT64
  undefined, // RESOURCE
  undefined, // VARIANT
  32, // UINT32
  16, // UINT16
  4, // INT4
  16, // BFLOAT16
  2, // INT2
  4, // UINT4
];

export function typeBits(type: number): number | undefined {
  return BITS[type];
}
