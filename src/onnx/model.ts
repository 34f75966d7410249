/**
 * An ONNX model as plain values, after onnx.proto3 (IR version 13). Reading leaves the bytes of
 * tensors where they lie, so that a model of any size has a structure of a few kilobytes.
 */
export interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: number;
  readonly docString: string;
  readonly opsetImports: readonly OpsetImport[];
  readonly graph: Graph;
  readonly functions: readonly FunctionDefinition[];
  readonly metadata: ReadonlyMap<string, string>;
}

export interface OpsetImport {
  /** '' is the default domain, `ai.onnx`. */
  readonly domain: string;
  readonly version: number;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Tensor[];
  readonly sparseInitializers: readonly SparseTensor[];
  readonly valueInfo: readonly ValueInfo[];
}

export interface FunctionDefinition {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly opsetImports: readonly OpsetImport[];
}

export interface Node {
  readonly name: string;
  readonly domain: string;
  readonly opType: string;
  /** '' is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export type Attribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly type: 'graphs'; readonly value: readonly Graph[] }
  /** Inside a function: the attribute of the calling node. */
  | { readonly type: 'reference'; readonly value: string }
  /** Types that no reader here needs: sparse tensors, type protos. */
  | { readonly type: 'other'; readonly value: number };

/** `undefined` dims: the rank is unknown. A string is a symbolic dimension, null an unknown one. */
export interface ValueInfo {
  readonly name: string;
  /** TensorProto.DataType; undefined for sequences, maps and optionals. */
  readonly elementType: number | undefined;
  readonly dims: readonly (number | string | null)[] | undefined;
}

export interface Tensor {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** Coordinates and values of what is not zero. The name is that of `values`. */
export interface SparseTensor {
  /** Shape [NNZ]. */
  readonly values: Tensor;
  /** int64: [NNZ] linear indices or [NNZ, rank] coordinates, in ascending order. */
  readonly indices: Tensor;
  readonly dims: readonly number[];
}

/** Where the values of a tensor are. Little-endian wherever they are bytes. */
export type TensorData =
  /** `raw_data`, left in the file. */
  | { readonly kind: 'file'; readonly offset: number; readonly length: number }
  /** `raw_data` in memory: what a writer is given. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The typed fields (float_data, int64_data ...): how many values, and where each run lies. */
  | {
      readonly kind: 'typed';
      readonly field: string;
      readonly count: number;
      readonly runs: readonly FieldRun[];
    }
  /** Another file beside the model. Keys as written: location, offset, length, checksum. */
  | { readonly kind: 'external'; readonly entries: ReadonlyMap<string, string> }
  | { readonly kind: 'none' };

/** A stretch of a repeated field in the file; packed runs hold many values. */
export interface FieldRun {
  readonly offset: number;
  readonly length: number;
  readonly packed: boolean;
}

/** TensorProto.DataType by name. */
export const DATA_TYPE = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
} as const;
