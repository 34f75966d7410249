import { dataTypeName } from '../element-type.ts';
import type { Graph, ValueInfo } from '../model.ts';

export interface InterfaceChange {
  /** Whether somebody who feeds the old model, or reads its outputs, cannot use the new one. */
  readonly breaking: boolean;
  /** A sentence without its subject: `input 'x' is gone`. */
  readonly what: string;
}

/** How inputs and outputs changed, by name. */
export function interfaceChanges(before: Graph, after: Graph): InterfaceChange[] {
  return [
    ...ports('input', feeds(before), feeds(after)),
    ...ports('output', before.outputs, after.outputs),
  ];
}

/** Below IR version 4 the inputs list the weights too, which nobody has to feed. */
function feeds({ inputs, initializers }: Graph): readonly ValueInfo[] {
  const weights = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !weights.has(name));
}

type Direction = 'input' | 'output';

function ports(
  direction: Direction,
  before: readonly ValueInfo[],
  after: readonly ValueInfo[],
): InterfaceChange[] {
  const changes: InterfaceChange[] = [];
  const old = new Map(before.map((port) => [port.name, port]));
  const now = new Map(after.map((port) => [port.name, port]));
  for (const [name, port] of old) {
    const successor = now.get(name);
    const subject = `${direction} '${name}'`;
    if (!successor) changes.push({ breaking: true, what: `${subject} is gone` });
    else changes.push(...typeChanges(direction, subject, port, successor));
  }
  for (const name of now.keys()) {
    // A new output can be ignored; a new input must be fed.
    if (!old.has(name))
      changes.push({ breaking: direction === 'input', what: `${direction} '${name}' is new` });
  }
  return changes;
}

function typeChanges(
  direction: Direction,
  subject: string,
  before: ValueInfo,
  after: ValueInfo,
): InterfaceChange[] {
  const changes: InterfaceChange[] = [];
  if (before.elementType !== after.elementType) {
    const [was, is] = [typeName(before), typeName(after)];
    changes.push({ breaking: true, what: `${subject} was ${was} and is ${is}` });
  }
  const same = shapeText(before) === shapeText(after);
  if (!same) {
    const breaking = !accepts(direction, before.dims, after.dims);
    changes.push({
      breaking,
      what: `${subject} was ${shapeText(before)} and is ${shapeText(after)}`,
    });
  }
  return changes;
}

type Dims = ValueInfo['dims'];

/**
 * Whether the new shape serves those who knew the old one. An input may accept more but not less.
 * An output that is declared more freely still gives the old sizes for the old inputs, so only
 * another number breaks it.
 */
function accepts(direction: Direction, before: Dims, after: Dims): boolean {
  if (after === undefined || (before === undefined && direction === 'output')) return true;
  if (before?.length !== after.length) return false;
  return after.every((size, axis) => {
    const was = before[axis];
    if (typeof size !== 'number' || size === was) return true;
    return direction === 'output' && typeof was !== 'number';
  });
}

function typeName({ elementType }: ValueInfo): string {
  return elementType === undefined ? 'no tensor' : dataTypeName(elementType);
}

/** Names of free axes are of no consequence. */
function shapeText({ dims }: ValueInfo): string {
  if (!dims) return 'of any shape';
  return `[${dims.map((size) => (typeof size === 'number' ? size : '?')).join(', ')}]`;
}
