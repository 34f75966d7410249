import type { Attribute, Graph, Node, Tensor } from './model.ts';

/** Attributes as a node is built with them: `{ axis: int(1), perm: ints([1, 0]) }`. */
export type Attributes = Readonly<Record<string, Attribute>>;

export function int(value: number): Attribute {
  return { type: 'int', value: BigInt(value) };
}

export function ints(values: readonly number[]): Attribute {
  return { type: 'ints', value: values.map(BigInt) };
}

export function float(value: number): Attribute {
  return { type: 'float', value };
}

export function text(value: string): Attribute {
  return { type: 'string', value };
}

export function tensor(value: Tensor): Attribute {
  return { type: 'tensor', value };
}

export function graph(value: Graph): Attribute {
  return { type: 'graph', value };
}

/** The value of an int attribute, or `fallback` where the node does not have it. */
export function intOf(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? Number(attribute.value) : fallback;
}

/** The value of a float attribute, or `fallback` where the node does not have it. */
export function floatOf(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'float' ? attribute.value : fallback;
}

/** The value of a string attribute, or `fallback` where the node does not have it. */
export function textOf(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'string' ? attribute.value : fallback;
}

/** The values of an ints attribute; undefined where the node does not have it. */
export function intsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value.map(Number) : undefined;
}
