import { elementCount } from '../formats/nd-array.ts';
import { tensorBytes, toValues } from '../onnx/element-type.ts';
import { DATA_TYPE, type Tensor } from '../onnx/model.ts';

export interface TensorType {
  /** TensorProto.DataType. */
  readonly elementType: number;
  readonly dims: readonly number[];
}

/** What running the forward graph once told about its tensors. */
export class KnownValues {
  private readonly types = new Map<string, TensorType>();
  private readonly values = new Map<string, readonly number[]>();

  /** Records the type of a tensor, and its values where they may be axes, shapes or indices. */
  add(name: string, type: TensorType, values?: Iterable<number | bigint>): void {
    this.types.set(name, type);
    if (values && isKept(type)) this.values.set(name, Array.from(values, Number));
  }

  addTensor(tensor: Tensor): void {
    const type = { elementType: tensor.dataType, dims: tensor.dims };
    if (tensor.data.kind !== 'bytes' || !isKept(type)) {
      this.add(tensor.name, type);
    } else {
      this.add(tensor.name, type, toValues(tensor.dataType, tensor.data.bytes));
    }
  }

  /** Bytes of all tensors but those of `except`. */
  bytes(except: ReadonlySet<string>): number {
    let total = 0;
    for (const [name, { elementType, dims }] of this.types) {
      if (!except.has(name)) total += tensorBytes(elementType, dims) ?? 0;
    }
    return total;
  }

  has(name: string): boolean {
    return this.types.has(name);
  }

  type(name: string): TensorType {
    const type = this.types.get(name);
    if (!type) throw new Error(`the type of '${name}' is not known`);
    return type;
  }

  integers(name: string): readonly number[] {
    if (INTEGERS.has(this.type(name).elementType)) return this.numbers(name);
    throw new Error(`'${name}' does not hold integers`);
  }

  numbers(name: string): readonly number[] {
    const values = this.values.get(name);
    if (!values) throw new Error(`the values of '${name}' are not known`);
    return values;
  }
}

const INTEGERS: ReadonlySet<number> = new Set([DATA_TYPE.int64, DATA_TYPE.int32, DATA_TYPE.bool]);

/** Scales have one number an axis; larger tensors of floats are weights and data. */
const MAX_FLOATS = 16;

function isKept({ elementType, dims }: TensorType): boolean {
  if (INTEGERS.has(elementType)) return true;
  const float = elementType === DATA_TYPE.float || elementType === DATA_TYPE.double;
  return float && elementCount(dims) <= MAX_FLOATS;
}
