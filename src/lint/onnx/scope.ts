import type { FunctionDefinition, Graph, Model, Node } from '../../onnx/model.ts';
import { graphAttributes, nodePath } from '../../onnx/walk.ts';
import type { Detail } from '../rule.ts';

/** What is wrong with the names of values, by kind. */
export interface NameTrouble extends Detail {
  readonly kind: 'undefined' | 'duplicate';
}

/** The names that are known at a place: those of this graph, then those around it. */
class Scope {
  readonly #names = new Set<string>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#outer?.has(name) ?? false);
  }

  /** False where the graph has the name already. */
  define(name: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    return true;
  }
}

/** Follows every value of a model from where it is made to where it is used. */
export function* nameTroubles(model: Model): Iterable<NameTrouble> {
  yield* checkGraph(model.graph, 'graph', undefined, model.irVersion);
  for (const [index, definition] of model.functions.entries()) {
    yield* checkFunction(definition, `functions[${index}] '${definition.name}'`, model.irVersion);
  }
}

function* checkGraph(
  graph: Graph,
  path: string,
  outer: Scope | undefined,
  irVersion: number,
): Iterable<NameTrouble> {
  const scope = new Scope(outer);
  for (const { name } of graph.inputs) {
    if (!scope.define(name)) yield duplicate(`the input '${name}' appears twice`, path);
  }
  yield* defineInitializers(graph, path, scope, irVersion);
  yield* checkNodes(graph.nodes, path, scope, irVersion);
  const outputs = new Set<string>();
  for (const { name } of graph.outputs) {
    if (outputs.has(name)) yield duplicate(`the output '${name}' appears twice`, path);
    else if (!scope.has(name)) {
      yield { kind: 'undefined', message: `nothing makes the output '${name}'`, location: path };
    }
    outputs.add(name);
  }
}

function* defineInitializers(
  graph: Graph,
  path: string,
  scope: Scope,
  irVersion: number,
): Iterable<NameTrouble> {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const seen = new Set<string>();
  const names = [
    ...graph.initializers.map(({ name }) => name),
    ...graph.sparseInitializers.map(({ values }) => values.name),
  ];
  for (const name of names) {
    if (name === '')
      yield { kind: 'undefined', message: 'an initializer has no name', location: path };
    else if (seen.has(name)) yield duplicate(`the initializer '${name}' appears twice`, path);
    else if (irVersion < 4 && path === 'graph' && !inputs.has(name)) {
      const message = `the initializer '${name}' is no input, which IR version ${irVersion} demands`;
      yield { kind: 'undefined', message, location: path };
    }
    seen.add(name);
    scope.define(name);
  }
}

function* checkNodes(
  nodes: readonly Node[],
  path: string,
  scope: Scope,
  irVersion: number,
): Iterable<NameTrouble> {
  for (const [index, node] of nodes.entries()) {
    for (const input of node.inputs) {
      if (input === '' || scope.has(input)) continue;
      const message = `nothing before it makes its input '${input}'`;
      yield { kind: 'undefined', message, location: nodePath(path, index, node) };
    }
    for (const [name, graph] of graphAttributes(node)) {
      yield* checkGraph(graph, `${path}.node[${index}].${name}`, scope, irVersion);
    }
    for (const output of node.outputs) {
      if (output === '' || scope.define(output)) continue;
      yield duplicate(`'${output}' is made a second time`, nodePath(path, index, node));
    }
  }
}

function* checkFunction(
  { inputs, outputs, nodes }: FunctionDefinition,
  path: string,
  irVersion: number,
): Iterable<NameTrouble> {
  const scope = new Scope();
  for (const name of inputs) {
    if (!scope.define(name)) yield duplicate(`the input '${name}' appears twice`, path);
  }
  yield* checkNodes(nodes, path, scope, irVersion);
  for (const name of outputs) {
    if (scope.has(name)) continue;
    yield { kind: 'undefined', message: `nothing makes the output '${name}'`, location: path };
  }
}

function duplicate(message: string, location: string): NameTrouble {
  return { kind: 'duplicate', message, location };
}
