import type { Machine } from './machine.ts';
import { GlobalName, Instance, Tuple, type Value } from './values.ts';

/**
 * What `getattr(object, 'name')` returns, where both stand in the file: `Class.name`. So Python
 * pickles methods, `str.lower` among them, and in some versions the members of enumerations.
 */
export function lookUp(machine: Machine, callable: Value, given: Value): GlobalName | undefined {
  if (!(callable instanceof GlobalName)) return undefined;
  const { module, name } = callable;
  if (name !== 'getattr' || (module !== 'builtins' && module !== '__builtin__')) return undefined;
  if (!(given instanceof Tuple) || given.items.length !== 2) return undefined;
  const [object, attribute] = given.items;
  const owner = object instanceof Instance ? object.made : object;
  const text = machine.textOf(attribute);
  if (!(owner instanceof GlobalName) || text === undefined) return undefined;
  callable.lookedUp = true;
  const found = machine.reference(owner.module, `${owner.name}.${text}`);
  found.owner ??= owner;
  return found;
}
