import { UserError } from '../errors.ts';
import { elementCount } from '../formats/nd-array.ts';
import { intOf } from '../onnx/attributes.ts';
import { bytesOf } from '../onnx/element-type.ts';
import { DATA_TYPE, type Graph, type Model, type Node, type Tensor } from '../onnx/model.ts';
import { uniformByFanIn } from './initialize.ts';
import { lastLayer } from './parameters.ts';
import { Random } from './random.ts';

/**
 * The model with its last layer replaced by a fresh one of `outputs` outputs, started as PyTorch
 * starts a linear layer. What came behind, such as a softmax, is left out: the model gives scores.
 * @param model all tensors in memory
 * @throws UserError where the last layer is not a product with a matrix
 */
export function withNewHead(model: Model, outputs: number, seed: number): Model {
  const { graph } = model;
  const old = lastLayer(graph);
  const tensors = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const weight = tensors.get(old?.node.inputs[1] ?? '');
  if (!old || !['Gemm', 'MatMul'].includes(old.node.opType) || weight?.dims.length !== 2) {
    throw new UserError(
      `the last layer of the model is ${old ? `${old.node.opType} '${old.node.name}'` : 'not found'}, which gets no new head`,
      {
        hint: "'head' replaces a dense layer (Gemm, MatMul): export the model with one at its end.",
      },
    );
  }
  const random = Random.of(seed, 'initialize', 'head');
  const transposed = intOf(old.node, 'transB', 0) === 1;
  const [fanIn = 1] = transposed ? weight.dims.toReversed() : weight.dims;
  const dims = transposed ? [outputs, fanIn] : [fanIn, outputs];
  const fresh = (part: string, shape: readonly number[]): Tensor => {
    const bytes = bytesOf(uniformByFanIn(random, elementCount(shape), fanIn));
    const name = unusedName(graph, `head.${part}`);
    return { name, dataType: DATA_TYPE.float, dims: shape, data: { kind: 'bytes', bytes } };
  };
  const replaced = new Map([[weight.name, fresh('weight', dims)]]);
  const bias = tensors.get(old.bias ?? '');
  if (bias) replaced.set(bias.name, fresh('bias', [...bias.dims.slice(0, -1), outputs]));
  return { ...model, graph: cutBehind(graph, old.nodes, replaced, outputs) };
}

/** The graph up to the nodes of its new head, which give its output now. */
function cutBehind(
  graph: Graph,
  head: readonly Node[],
  fresh: ReadonlyMap<string, Tensor>,
  outputs: number,
): Graph {
  const output = graph.outputs[0]?.name ?? '';
  const end = head.at(-1)?.outputs[0] ?? '';
  const wanted = new Set([end]);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    for (const name of node.inputs) wanted.add(name);
    const inputs = head.includes(node)
      ? node.inputs.map((name) => fresh.get(name)?.name ?? name)
      : node.inputs;
    nodes.unshift({ ...node, inputs, outputs: node.outputs.map((n) => (n === end ? output : n)) });
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...graph,
    nodes,
    outputs: [{ name: output, elementType: DATA_TYPE.float, dims: ['batch', outputs] }],
    initializers: [...graph.initializers.filter(({ name }) => used.has(name)), ...fresh.values()],
    valueInfo: [],
  };
}

function unusedName(graph: Graph, wish: string): string {
  const taken = new Set([
    ...graph.initializers.map(({ name }) => name),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  let name = wish;
  while (taken.has(name)) name = `_${name}`;
  return name;
}
