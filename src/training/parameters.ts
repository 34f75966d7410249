import picomatch from 'picomatch';
import { UserError } from '../errors.ts';
import { elementCount } from '../formats/nd-array.ts';
import { dataTypeName } from '../onnx/element-type.ts';
import { DATA_TYPE, type Graph, type Node, type Tensor } from '../onnx/model.ts';

/** `all`, `head` (the last layer with weights), or globs of initializer names. */
export type TrainSelection = 'all' | 'head' | readonly string[];

/**
 * Which initializers of an existing model are trained, in the order of the graph.
 * @throws UserError for a pattern that matches nothing that could be trained
 */
export function selectParameters(graph: Graph, selection: TrainSelection): readonly string[] {
  const parameters = parametersOf(graph);
  if (selection === 'all') return parameters;
  if (selection === 'head') return headOf(graph, new Set(parameters));
  const floats = graph.initializers.filter(({ dataType }) => dataType === DATA_TYPE.float);
  const names = floats.map(({ name }) => name);
  for (const pattern of selection) {
    const matches = picomatch(pattern);
    if (names.some((name) => matches(name))) continue;
    const other = graph.initializers.find(({ name }) => matches(name));
    if (other) throw notFloat32(other);
    throw new UserError(`no float32 initializer matches '${pattern}'`, {
      hint: `Among them are: ${parameters.slice(0, 10).join(', ')}.`,
    });
  }
  const matches = picomatch([...selection]);
  return names.filter((name) => matches(name));
}

function notFloat32({ name, dataType }: Tensor): UserError {
  return new UserError(`'${name}' is ${dataTypeName(dataType)}, no float32 tensor`, {
    hint: 'Only float32 weights can be trained: export the model in float32.',
  });
}

/** Operators by the inputs that are learned: weights, biases, scales; not running statistics. */
const LEARNED_INPUTS: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gather: [0],
  Gemm: [0, 1, 2],
  GroupNormalization: [1, 2],
  GRU: [1, 2, 3],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  LSTM: [1, 2, 3],
  MatMul: [0, 1],
  PRelu: [1],
};

/** Operators that add a bias or apply a scale where they follow something learned. */
const ELEMENTWISE: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * The initializers that were learned, as far as the graph tells: operands of layers, and operands
 * of arithmetic behind a layer. Arithmetic on the model's input is preprocessing, and a single
 * number (an epsilon, a scale of attention) is a constant.
 */
function parametersOf(graph: Graph): readonly string[] {
  const candidates = new Set(
    graph.initializers
      .filter(({ dataType, dims }) => dataType === DATA_TYPE.float && elementCount(dims) > 1)
      .map(({ name }) => name),
  );
  const learned = new Set<string>();
  const behindLayer = new Set<string>();
  for (const node of graph.nodes) {
    const follows = node.inputs.some((name) => behindLayer.has(name));
    const own = operandsOf(node, follows).filter((name) => candidates.has(name));
    for (const name of own) learned.add(name);
    if (follows || own.length > 0) for (const name of node.outputs) behindLayer.add(name);
    // A transposed or reshaped weight is still that weight.
    for (const name of own) behindLayer.add(name);
  }
  for (const node of graph.nodes.toReversed()) {
    if (!RESHAPING.has(node.opType)) continue;
    const [source = ''] = node.inputs;
    if (candidates.has(source) && feedsLayer(graph, node)) learned.add(source);
  }
  return graph.initializers.map(({ name }) => name).filter((name) => learned.has(name));
}

const RESHAPING: ReadonlySet<string> = new Set(['Identity', 'Reshape', 'Transpose', 'Unsqueeze']);

function operandsOf(node: Node, follows: boolean): readonly string[] {
  const places = LEARNED_INPUTS[node.opType];
  if (places) return places.map((index) => node.inputs[index] ?? '');
  return follows && ELEMENTWISE.has(node.opType) ? node.inputs : [];
}

function feedsLayer(graph: Graph, source: Node): boolean {
  return graph.nodes.some((node) =>
    LEARNED_INPUTS[node.opType]?.some((index) => source.outputs.includes(node.inputs[index] ?? '')),
  );
}

/** The parameters of the last layer on the way to the first output, with its bias. */
function headOf(graph: Graph, parameters: ReadonlySet<string>): readonly string[] {
  const nodes = lastLayer(graph, parameters)?.nodes ?? [];
  const chosen = new Set(nodes.flatMap(({ inputs }) => inputs.filter((x) => parameters.has(x))));
  return graph.initializers.map(({ name }) => name).filter((name) => chosen.has(name));
}

/** The last layer on the way to the first output. */
export interface LastLayer {
  readonly node: Node;
  /** The layer and the arithmetic with parameters behind it, in running order. */
  readonly nodes: readonly Node[];
  /** The initializer that is added, inside the node or behind it. */
  readonly bias: string | undefined;
}

export function lastLayer(
  graph: Graph,
  parameters: ReadonlySet<string> = new Set(parametersOf(graph)),
): LastLayer | undefined {
  const nodes: Node[] = [];
  let open = new Set([graph.outputs[0]?.name ?? '']);
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => open.has(name))) continue;
    const own = node.inputs.filter((name) => parameters.has(name));
    if (own.length > 0) nodes.unshift(node);
    if (own.length > 0 && !ELEMENTWISE.has(node.opType)) {
      const add = nodes.find(({ opType }) => opType === 'Add');
      const bias = node.opType === 'Gemm' ? node.inputs[2] : undefined;
      return { node, nodes, bias: bias ?? add?.inputs.find((name) => parameters.has(name)) };
    }
    open = new Set([...open, ...node.inputs]);
  }
  return undefined;
}
