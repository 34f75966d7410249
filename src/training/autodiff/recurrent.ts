import { UserError } from '../../errors.ts';
import { int, ints, intOf, textOf } from '../../onnx/attributes.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { DATA_TYPE, type Graph, type Node } from '../../onnx/model.ts';
import type { KnownValues } from '../known-values.ts';
import { CELLS, type Cell } from './cells.ts';
import { range } from './context.ts';
import { dependents } from './differentiate.ts';
import { input, optionalInput } from './operands.ts';

/** Each step is some twenty nodes: beyond this, building the graph would take minutes. */
const MAX_STEPS = 1000;

/**
 * The graph with every LSTM, GRU and RNN that is trained through written out step by step, so that
 * no rule is needed for them. The others stay: ONNX Runtime's own are faster.
 * @param known what running the graph once told
 * @throws UserError for what is not written out: given lengths, peepholes, other activations
 */
export function unrollRecurrent(
  graph: Graph,
  known: KnownValues,
  trained: readonly string[],
): Graph {
  const wanted = dependents(graph.nodes, trained);
  const isUnrolled = ({ opType, domain, outputs }: Node) =>
    domain === '' && CELLS.has(opType) && outputs.some((name) => wanted.has(name));
  if (!graph.nodes.some(isUnrolled)) return graph;
  const builder = GraphBuilder.extending(graph, 'unrolled_');
  builder.nodes.length = 0;
  for (const node of graph.nodes) {
    const cell = CELLS.get(node.opType);
    if (cell && isUnrolled(node)) unroll(builder, known, node, cell);
    else builder.nodes.push(node);
  }
  return { ...graph, nodes: builder.nodes, initializers: [...builder.initializers.values()] };
}

/** Tensors of one direction; a state is [1, batch, hidden]. */
interface Run {
  /** The hidden state after each step, in the order of time. */
  readonly states: readonly string[];
  readonly last: readonly string[];
}

function unroll(builder: GraphBuilder, known: KnownValues, node: Node, cell: Cell): void {
  checkSupported(node);
  const [steps = 0] = known.type(input(node, 0)).dims;
  if (steps > MAX_STEPS) {
    throw refused(node, `runs over ${steps} steps`, `Cut sequences to ${MAX_STEPS} steps.`);
  }
  const runs = directionsOf(node).map((backwards, index) =>
    oneDirection(builder, known, { node, cell, steps, index, backwards }),
  );
  const [all = '', ...finals] = node.outputs;
  if (all) {
    const axis = { axis: int(0) };
    const stacked = runs.map(({ states }) =>
      builder.op('Unsqueeze', [builder.op('Concat', states, axis), builder.integers([1])]),
    );
    builder.node('Concat', stacked, [all], { axis: int(1) });
  }
  finals.forEach((name, part) => {
    if (!name) return;
    const parts = runs.map(({ last }) => last[part] ?? '');
    builder.node('Concat', parts, [name], { axis: int(0) });
  });
}

/** Does each direction run backwards? */
function directionsOf(node: Node): readonly boolean[] {
  const direction = textOf(node, 'direction', 'forward');
  return direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
}

function oneDirection(
  builder: GraphBuilder,
  known: KnownValues,
  task: {
    readonly node: Node;
    readonly cell: Cell;
    readonly steps: number;
    readonly index: number;
    readonly backwards: boolean;
  },
): Run {
  const { node, cell, steps, index, backwards } = task;
  const x = input(node, 0);
  const elementType = known.type(x).elementType;
  const hidden = known.type(input(node, 2)).dims[2] ?? 1;
  const [, batch = 1] = known.type(x).dims;
  const place = builder.constant(DATA_TYPE.int64, [], [index]);
  const own = (name: string) => builder.op('Gather', [name, place]);
  const transposed = (name: string) => builder.op('Transpose', [own(name)], { perm: ints([1, 0]) });
  const projected = builder.op('MatMul', [x, transposed(input(node, 1))]);
  const bias = optionalInput(node, 3);
  const zeros = (size: number) => builder.constant(elementType, [size], Array(size).fill(0));
  const size = cell.gates * hidden;
  const biases =
    bias === undefined ? [zeros(size), zeros(size)] : split(builder, own(bias), [size, size], 0);
  const initial = (at: number) => {
    const given = optionalInput(node, at);
    if (given !== undefined) return builder.op('Gather', [given, builder.integers([index])]);
    const dims = [1, batch, hidden];
    return builder.constant(elementType, dims, Array(batch * hidden).fill(0));
  };
  const step = cell.build({
    builder,
    projected,
    recurrent: transposed(input(node, 2)),
    inputBias: biases[0] ?? '',
    recurrentBias: biases[1] ?? '',
    hidden,
    linearBeforeReset: intOf(node, 'linear_before_reset', 0) === 1,
    split: (name, sizes, axis) => split(builder, name, sizes, axis),
  });
  const moments = split(builder, step.inputs, Array<number>(steps).fill(1), 0);
  const states = Array<string>(steps);
  let last = cell.initialInputs.map(initial);
  for (const time of backwards ? range(steps).reverse() : range(steps)) {
    last = [...step.next(moments[time] ?? '', last)];
    states[time] = last[0] ?? '';
  }
  return { states, last };
}

function split(
  builder: GraphBuilder,
  name: string,
  sizes: readonly number[],
  axis: number,
): readonly string[] {
  const parts = sizes.map(() => builder.unique('part'));
  builder.node('Split', [name, builder.integers(sizes)], parts, { axis: int(axis) });
  return parts;
}

/** Attributes that may be there only with these values. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  LSTM: 'Sigmoid,Tanh,Tanh',
  GRU: 'Sigmoid,Tanh',
  RNN: 'Tanh',
};

function checkSupported(node: Node): void {
  const hint = 'Export it with default activations, all steps of every sequence, and time first.';
  const attribute = node.attributes.get('activations');
  const activations = attribute?.type === 'strings' ? attribute.value : [];
  const usual = ACTIVATIONS[node.opType] ?? '';
  const known = directionsOf(node)
    .map(() => usual)
    .join();
  if (activations.length > 0 && activations.join() !== known) {
    throw refused(node, `has the activations ${activations.join(', ')}`, hint);
  }
  for (const name of ['clip', 'input_forget', 'layout']) {
    const value = node.attributes.get(name);
    if (value && !(value.type === 'int' && value.value === 0n)) {
      throw refused(node, `has the attribute '${name}'`, hint);
    }
  }
  if (optionalInput(node, 4) !== undefined) throw refused(node, 'is given lengths', hint);
  if (optionalInput(node, 7) !== undefined) throw refused(node, 'has peepholes', hint);
}

function refused({ opType, name }: Node, what: string, hint: string): UserError {
  return new UserError(`${opType} '${name}' ${what}, which cannot be trained through`, { hint });
}
