import type { Attributes } from './attributes.ts';
import { tensorBytes, toBytes } from './element-type.ts';
import { DATA_TYPE, type Graph, type Node, type Tensor, type ValueInfo } from './model.ts';

/**
 * Builds a graph node by node, in an order in which it can run. Names that it makes up begin with
 * a prefix of its own, so that they never meet names of a graph that it extends.
 */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  readonly initializers = new Map<string, Tensor>();
  private readonly constants = new Map<string, string>();
  private readonly prefix: string;
  private count = 0;
  /** Of nodes ever added: some are taken out again, and names must not come twice. */
  private nodeCount = 0;

  constructor(prefix = '') {
    this.prefix = prefix;
  }

  /** Starts from a copy of `graph`; the prefix is lengthened until none of its names begins so. */
  static extending(graph: Graph, wish: string): GraphBuilder {
    const taken = namesOf(graph);
    let prefix = wish;
    while (taken.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
    const builder = new GraphBuilder(prefix);
    builder.nodes.push(...graph.nodes);
    builder.nodeCount = graph.nodes.length;
    builder.inputs.push(...graph.inputs);
    builder.outputs.push(...graph.outputs);
    for (const tensor of graph.initializers) builder.initializers.set(tensor.name, tensor);
    return builder;
  }

  input(name: string, elementType: number, dims: ValueInfo['dims']): string {
    this.inputs.push({ name, elementType, dims });
    return name;
  }

  output(name: string, elementType: number | undefined, dims: ValueInfo['dims']): void {
    this.outputs.push({ name, elementType, dims });
  }

  /** A named tensor, such as a weight. */
  initializer(name: string, dataType: number, dims: readonly number[], bytes: Uint8Array): string {
    this.initializers.set(name, { name, dataType, dims, data: { kind: 'bytes', bytes } });
    return name;
  }

  /** A tensor without a name of its own; equal constants are stored once. */
  constant(dataType: number, dims: readonly number[], values: Iterable<number>): string {
    const bytes = toBytes(dataType, values);
    if (bytes.byteLength !== tensorBytes(dataType, dims)) {
      throw new Error(`a constant of [${dims.join()}] was given other values`);
    }
    const key = `${dataType}|${dims.join()}|${Buffer.from(bytes).toString('base64')}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.initializer(this.unique('constant'), dataType, dims, bytes);
    this.constants.set(key, name);
    return name;
  }

  /** A vector of int64: shapes, axes, pads. */
  integers(values: readonly number[]): string {
    return this.constant(DATA_TYPE.int64, [values.length], values);
  }

  /** Adds a node and returns the name of its one output. */
  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.unique(opType);
    this.node(opType, inputs, [output], attributes);
    return output;
  }

  /** Adds a node whose outputs are named by the caller. */
  node(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Attributes = {},
  ): void {
    this.nodes.push({
      name: `${this.prefix}node${this.nodeCount}_${opType}`,
      domain: '',
      opType,
      inputs,
      outputs,
      attributes: new Map(Object.entries(attributes)),
    });
    this.nodeCount += 1;
  }

  /** A name that nothing has yet. */
  unique(hint: string): string {
    this.count += 1;
    return `${this.prefix}${hint.toLowerCase()}_${this.count}`;
  }

  graph(name: string): Graph {
    return {
      name,
      nodes: this.nodes,
      inputs: this.inputs,
      outputs: this.outputs,
      initializers: [...this.initializers.values()],
      sparseInitializers: [],
      valueInfo: [],
    };
  }
}

function namesOf(graph: Graph): string[] {
  return [
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.flatMap((node) => [node.name, ...node.outputs, ...subgraphNames(node)]),
  ];
}

function subgraphNames(node: Node): string[] {
  return [...node.attributes.values()].flatMap((attribute) =>
    attribute.type === 'graph'
      ? namesOf(attribute.value)
      : attribute.type === 'graphs'
        ? attribute.value.flatMap(namesOf)
        : [],
  );
}
