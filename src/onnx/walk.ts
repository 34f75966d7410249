import type { Graph, Model, Node, Tensor } from './model.ts';

/** A graph with its place in the model. */
export interface PlacedGraph {
  readonly graph: Graph;
  /** Such as `graph` or `graph.node[3].then_branch`. */
  readonly path: string;
  /** How many graphs stand around it. */
  readonly depth: number;
}

export interface PlacedNode {
  readonly node: Node;
  readonly path: string;
}

export interface PlacedTensor {
  readonly tensor: Tensor;
  readonly path: string;
  /** The tensor is the values or indices of a sparse one, or an attribute. */
  readonly role: 'initializer' | 'attribute' | 'sparse';
}

/** The main graph and every graph within it, outer ones first. */
export function* graphsOf(model: Model): Generator<PlacedGraph> {
  yield* within({ graph: model.graph, path: 'graph', depth: 0 });
  for (const [index, definition] of model.functions.entries()) {
    yield* subgraphs(definition.nodes, `functions[${index}]`, 1);
  }
}

function* within(placed: PlacedGraph): Generator<PlacedGraph> {
  yield placed;
  yield* subgraphs(placed.graph.nodes, placed.path, placed.depth + 1);
}

function* subgraphs(nodes: readonly Node[], path: string, depth: number): Generator<PlacedGraph> {
  for (const [index, node] of nodes.entries()) {
    for (const [name, graph] of graphAttributes(node)) {
      yield* within({ graph, path: `${path}.node[${index}].${name}`, depth });
    }
  }
}

/** The graphs that a node holds as attributes. */
export function graphAttributes(node: Node): readonly (readonly [string, Graph])[] {
  if (node.attributes.size === 0) return [];
  return [...node.attributes].flatMap(([name, attribute]) => {
    if (attribute.type === 'graph') return [[name, attribute.value] as const];
    if (attribute.type !== 'graphs') return [];
    return attribute.value.map((graph, index) => [`${name}[${index}]`, graph] as const);
  });
}

/** Every node: of the main graph, of subgraphs and of functions. */
export function* nodesOf(model: Model): Generator<PlacedNode> {
  for (const { graph, path } of graphsOf(model)) yield* placedNodes(graph.nodes, path);
  for (const [index, definition] of model.functions.entries()) {
    yield* placedNodes(definition.nodes, `functions[${index}]`);
  }
}

function* placedNodes(nodes: readonly Node[], path: string): Generator<PlacedNode> {
  for (const [index, node] of nodes.entries()) yield { node, path: nodePath(path, index, node) };
}

/** `graph.node[3] (Conv 'conv1')` */
export function nodePath(path: string, index: number, { opType, name }: Node): string {
  return `${path}.node[${index}] (${opType}${name && ` '${name}'`})`;
}

/** Every tensor that has values: initializers, sparse parts and attributes. */
export function* tensorsOf(model: Model): Generator<PlacedTensor> {
  for (const { graph, path } of graphsOf(model)) {
    for (const [index, tensor] of graph.initializers.entries()) {
      yield { tensor, path: `${path}.initializer[${index}] '${tensor.name}'`, role: 'initializer' };
    }
    for (const [index, { values, indices }] of graph.sparseInitializers.entries()) {
      const at = `${path}.sparse_initializer[${index}] '${values.name}'`;
      yield { tensor: values, path: `${at}.values`, role: 'sparse' };
      yield { tensor: indices, path: `${at}.indices`, role: 'sparse' };
    }
  }
  for (const { node, path } of nodesOf(model)) yield* attributeTensors(node, path);
}

function* attributeTensors(node: Node, path: string): Generator<PlacedTensor> {
  for (const [name, attribute] of node.attributes) {
    const at = `${path}.${name}`;
    if (attribute.type === 'tensor') yield { tensor: attribute.value, path: at, role: 'attribute' };
    if (attribute.type !== 'tensors') continue;
    for (const tensor of attribute.value) yield { tensor, path: at, role: 'attribute' };
  }
}
