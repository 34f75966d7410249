import type { Graph, Node } from '../../onnx/model.ts';
import { isTiling } from './pooling.ts';

/** Outputs beyond the first that gradient rules need: how many a node must have. */
const NEEDED_OUTPUTS: ReadonlyMap<string, number> = new Map([
  ['MaxPool', 2],
  ['TopK', 2],
  ['LayerNormalization', 3],
]);

/**
 * The forward graph with the optional outputs that gradient rules read: where the maximum was
 * found, mean and deviation.
 */
export function withSideOutputs(graph: Graph): Graph {
  const taken = new Set(graph.nodes.flatMap((node) => node.outputs));
  return { ...graph, nodes: graph.nodes.map((node) => completed(node, taken)) };
}

function completed(node: Node, taken: Set<string>): Node {
  const count = node.domain === '' ? NEEDED_OUTPUTS.get(node.opType) : undefined;
  if (count === undefined || (node.opType === 'MaxPool' && isTiling(node))) return node;
  const outputs = Array.from({ length: count }, (_, index) => {
    const given = node.outputs[index];
    if (given) return given;
    let name = `${node.outputs[0] ?? ''}_side${index}`;
    while (taken.has(name)) name = `_${name}`;
    taken.add(name);
    return name;
  });
  return { ...node, outputs };
}
