import type { Node } from '../../onnx/model.ts';

/** The input of a node that its operator requires. */
export function input(node: Node, index: number): string {
  const name = node.inputs[index];
  if (name) return name;
  throw new Error(`${node.opType} '${node.name}' has no input ${index}`);
}

/** An input that may be left out. */
export function optionalInput(node: Node, index: number): string | undefined {
  const name = node.inputs[index];
  return name === '' ? undefined : name;
}

export function output(node: Node, index: number): string {
  const name = node.outputs[index];
  if (name) return name;
  throw new Error(`${node.opType} '${node.name}' has no output ${index}`);
}
