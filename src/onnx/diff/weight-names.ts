import type { Model, Tensor } from '../model.ts';
import { graphsOf, nodesOf } from '../walk.ts';

/**
 * Everything that was learned, by a name that says which is which in another version of the model:
 * initializers, both parts of sparse ones, and constants, which are called as what they give.
 */
export function namedWeights(model: Model): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  const add = (name: string, tensor: Tensor, path: string) => {
    // Two branches of an If may use a name each.
    weights.set(weights.has(name) ? `${path}: ${name}` : name, tensor);
  };
  for (const { graph, path } of graphsOf(model)) {
    for (const tensor of graph.initializers) add(tensor.name, tensor, path);
    for (const { values, indices } of graph.sparseInitializers) {
      add(values.name, values, path);
      add(`${values.name} (indices)`, indices, path);
    }
  }
  for (const { node, path } of nodesOf(model)) {
    const attribute = node.attributes.get('value');
    if (attribute?.type === 'tensor') add(node.outputs[0] ?? '', attribute.value, path);
  }
  return weights;
}
