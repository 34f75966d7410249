import type { Machine } from './machine.ts';
import { GlobalName, OPAQUE, Tuple, type Value } from './values.ts';

/** Bytes of one element, by the storage's class in `torch`. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  UntypedStorage: 1,
  ByteStorage: 1,
  CharStorage: 1,
  BoolStorage: 1,
  QInt8Storage: 1,
  QUInt8Storage: 1,
  HalfStorage: 2,
  BFloat16Storage: 2,
  ShortStorage: 2,
  FloatStorage: 4,
  IntStorage: 4,
  QInt32Storage: 4,
  DoubleStorage: 8,
  LongStorage: 8,
  ComplexFloatStorage: 8,
  ComplexDoubleStorage: 16,
};

/**
 * What torch's persistent ids name: `('storage', class, key, location, elements)`, and in its
 * legacy format `('module', class, file, code)`, which loads as the class.
 */
export function loadPersistent(machine: Machine, id: Value): Value {
  const items = id instanceof Tuple ? id.items : [];
  const [, cls, key, , elements] = items;
  switch (machine.textOf(items[0])) {
    case 'module':
      return cls instanceof GlobalName ? cls : OPAQUE;
    case 'storage': {
      const name = machine.textOf(key);
      const size = cls instanceof GlobalName ? ELEMENT_BYTES[cls.name] : undefined;
      if (name !== undefined && size !== undefined && typeof elements === 'number') {
        machine.addStorage({ key: name, bytes: size * elements });
      }
      return OPAQUE;
    }
    default:
      return OPAQUE;
  }
}
