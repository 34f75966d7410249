import { intsOf } from '../onnx/attributes.ts';
import { DATA_TYPE, type Graph, type Node, type Tensor } from '../onnx/model.ts';
import { toValues } from '../onnx/element-type.ts';

/**
 * The forward graph in a form that trains faster and computes the same: exporters write Gelu as
 * five operators, and a Relu before a MaxPool works on several times as many elements as behind it.
 */
export function fuseForTraining(graph: Graph): Graph {
  return poolBeforeRelu(fuseGelu(graph));
}

/** x * (1 + erf(x / sqrt 2)) * 0.5, in any order of factors, becomes Gelu. */
function fuseGelu(graph: Graph): Graph {
  const uses = new Uses(graph);
  const replaced = new Map<Node, Node>();
  const dropped = new Set<Node>();
  for (const erf of graph.nodes.filter(({ opType }) => opType === 'Erf')) {
    const found = matchGelu(uses, erf);
    if (!found) continue;
    const { last, x, inner } = found;
    replaced.set(last, {
      ...last,
      opType: 'Gelu',
      inputs: [x],
      attributes: new Map(),
    });
    for (const node of inner) dropped.add(node);
  }
  const nodes = graph.nodes.filter((node) => !dropped.has(node));
  return { ...graph, nodes: nodes.map((node) => replaced.get(node) ?? node) };
}

interface GeluMatch {
  readonly last: Node;
  readonly x: string;
  /** What the new operator stands for, beside `last`. */
  readonly inner: readonly Node[];
}

function matchGelu(uses: Uses, erf: Node): GeluMatch | undefined {
  const scale = uses.maker(erf.inputs[0]);
  const x = scale && scaled(uses, scale, Math.SQRT1_2);
  const plusOne = uses.onlyUser(erf);
  if (!scale || x === undefined || plusOne?.opType !== 'Add') return undefined;
  if (!near(uses.scalar(other(plusOne, erf)), 1)) return undefined;
  // (x * (1 + erf)) * 0.5, or (x * 0.5) * (1 + erf)
  const product = uses.onlyUser(plusOne);
  if (product?.opType !== 'Mul') return undefined;
  const factor = other(product, plusOne);
  if (factor === x) {
    const last = uses.onlyUser(product);
    if (last?.opType !== 'Mul' || !near(uses.scalar(other(last, product)), 0.5)) return undefined;
    return { last, x, inner: [scale, erf, plusOne, product] };
  }
  const half = uses.maker(factor);
  if (!half || uses.onlyUser(half) !== product || scaled(uses, half, 0.5) !== x) return undefined;
  return { last: product, x, inner: [scale, erf, plusOne, half] };
}

/** The tensor that `node` multiplies with `by`, where it does only that. */
function scaled(uses: Uses, node: Node, by: number): string | undefined {
  const [a = '', b = ''] = node.inputs;
  if (node.opType === 'Div') return near(uses.scalar(b), 1 / by) ? a : undefined;
  if (node.opType !== 'Mul') return undefined;
  if (near(uses.scalar(b), by)) return a;
  return near(uses.scalar(a), by) ? b : undefined;
}

function other(node: Node, input: Node): string {
  const [a = '', b = ''] = node.inputs;
  return a === input.outputs[0] ? b : a;
}

/** Within a few roundings of float32. */
function near(value: number | undefined, wanted: number): boolean {
  return value !== undefined && Math.abs(value - wanted) <= 1e-6 * wanted;
}

/** max(relu(x)) = relu(max(x)), and so are the gradients: where all are below zero, none passes. */
function poolBeforeRelu(graph: Graph): Graph {
  const uses = new Uses(graph);
  const swapped = new Map<Node, Node>();
  for (const relu of graph.nodes.filter(({ opType }) => opType === 'Relu')) {
    const pool = uses.onlyUser(relu);
    if (pool?.opType !== 'MaxPool' || pool.outputs[1]) continue;
    if (!intsOf(pool, 'kernel_shape')?.some((size) => size > 1)) continue;
    swapped.set(relu, { ...pool, inputs: relu.inputs, outputs: relu.outputs });
    swapped.set(pool, { ...relu, inputs: relu.outputs, outputs: pool.outputs.slice(0, 1) });
  }
  return { ...graph, nodes: graph.nodes.map((node) => swapped.get(node) ?? node) };
}

/** Who makes and who uses the tensors of a graph. */
class Uses {
  private readonly makers = new Map<string, Node>();
  private readonly users = new Map<string, Node[]>();
  private readonly constants: ReadonlyMap<string, Tensor>;
  private readonly outputs: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const name of node.outputs) this.makers.set(name, node);
      for (const name of new Set(node.inputs)) {
        this.users.set(name, [...(this.users.get(name) ?? []), node]);
      }
    }
  }

  maker(name: string | undefined): Node | undefined {
    return name === undefined ? undefined : this.makers.get(name);
  }

  /** The node that alone uses the first output of `node`, which is no output of the graph. */
  onlyUser(node: Node): Node | undefined {
    const [name = ''] = node.outputs;
    const users = this.users.get(name) ?? [];
    return users.length === 1 && !this.outputs.has(name) ? users[0] : undefined;
  }

  /** The value of a float32 constant of one element. */
  scalar(name: string): number | undefined {
    const tensor = this.constants.get(name);
    if (tensor?.dataType !== DATA_TYPE.float || tensor.data.kind !== 'bytes') return undefined;
    const values = toValues(tensor.dataType, tensor.data.bytes);
    return values.length === 1 ? Number(values[0]) : undefined;
  }
}
