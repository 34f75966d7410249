import type { Machine } from './machine.ts';
import { Dictionary, GlobalName, Instance, Text, Tuple, type Value } from './values.ts';

/**
 * joblib writes the bytes of an array into the stream, right behind the BUILD of its wrapper
 * (joblib.numpy_pickle.NumpyArrayWrapper.read_array): an optional padding, then the raw values,
 * or a pickle of its own for an array of objects.
 */
export function skipArray(machine: Machine, wrapper: Instance): void {
  const { made, state } = wrapper;
  if (made?.name !== 'NumpyArrayWrapper' || !/(?:^|\.)joblib\.numpy_pickle$/.test(made.module))
    return;
  if (!(state instanceof Dictionary)) return;
  const type = state.entries.get('dtype');
  const itemBytes = bytesOfType(machine, type);
  const items = itemCount(state.entries.get('shape'));
  const { inner, otherwise } = machine.readings;
  if (!inner || !otherwise) return;
  if (itemBytes === 'object') {
    machine.cursor.seek(inner(machine.cursor.offset, machine.effects));
    return;
  }
  if (itemBytes === undefined || items === undefined) {
    machine.abort('limit', 'an array of a type that is not known follows; its end cannot be found');
  }
  // pickle.load does not know of the array, and takes its bytes for opcodes.
  otherwise(machine.cursor.offset, machine.cursor.offset + items * itemBytes);
  if (typeof state.entries.get('numpy_array_alignment_bytes') === 'number') {
    machine.cursor.skip(machine.cursor.uint8());
  }
  machine.cursor.skip(items * itemBytes);
}

function itemCount(shape: Value | undefined): number | undefined {
  if (!(shape instanceof Tuple)) return undefined;
  let count = 1;
  for (const size of shape.items) {
    if (typeof size !== 'number' || size < 0) return undefined;
    count *= size;
  }
  return count;
}

/** The size of one item of a `numpy.dtype(...)`; `object` where it holds Python objects. */
function bytesOfType(machine: Machine, type: Value | undefined): number | 'object' | undefined {
  if (!(type instanceof Instance) || !(type.made instanceof GlobalName)) return undefined;
  if (type.made.name !== 'dtype' || !(type.arguments instanceof Tuple))
    return dtypeClass(type.made);
  const [code] = type.arguments.items;
  const name = code instanceof Text ? machine.textOf(code) : undefined;
  if (name === undefined) return undefined;
  if (name.startsWith('O')) return 'object';
  const size = Number(/^[a-zA-Z?](\d+)$/.exec(name)?.[1] ?? NaN);
  if (Number.isNaN(size)) return undefined;
  if (name.startsWith('V')) return holdsObjects(type.state) ? 'object' : size;
  return name.startsWith('U') ? size * 4 : size;
}

/** numpy 2 may pickle `numpy.dtypes.Float64DType()`. */
function dtypeClass({ module, name }: GlobalName): number | 'object' | undefined {
  if (module !== 'numpy.dtypes') return undefined;
  if (name === 'ObjectDType') return 'object';
  if (name === 'BoolDType') return 1;
  const bits = Number(/^(?:U?Int|Float|Complex)(\d+)DType$/.exec(name)?.[1] ?? NaN);
  return Number.isNaN(bits) ? undefined : bits / 8;
}

/** NPY_ITEM_REFCOUNT in the flags of a structured type's state: the last item of its tuple. */
function holdsObjects(state: Value): boolean {
  const flags = state instanceof Tuple ? state.items[7] : undefined;
  return typeof flags === 'number' && (flags & 1) === 1;
}
