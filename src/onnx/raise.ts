import { UserError } from '../errors.ts';
import { int, tensor as tensorAttribute, text, type Attributes } from './attributes.ts';
import { floatOf, intOf, intsOf, textOf } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { bytesOf, toBytes } from './element-type.ts';
import { DATA_TYPE, type Graph, type Model, type Node, type Tensor } from './model.ts';

/** Broadcasting, Reshape's shape and BatchNormalization took their present form by then. */
const OLDEST_OPSET = 9;

/**
 * A copy of a model in the operator set `target`, or in its own where that is newer: what rules
 * for one operator set can work with. Constants become initializers under the same name.
 * @param load gives the values of a tensor that lies in a file
 * @throws UserError for an operator set before 9 and for local functions
 */
export function raiseModel(model: Model, target: number, load: (tensor: Tensor) => Tensor): Model {
  const own = model.opsetImports.find(({ domain }) => isDefault(domain))?.version ?? 0;
  if (own < OLDEST_OPSET) {
    throw new UserError(`the model uses operator set ${own}`, {
      hint: `Export it with operator set ${OLDEST_OPSET} or later; 17 and later suit best.`,
    });
  }
  if (model.functions.length > 0) {
    throw new UserError('the model defines functions of its own', {
      hint: 'Export it with its functions inlined (onnx.inliner).',
    });
  }
  const others = model.opsetImports.filter(({ domain }) => !isDefault(domain));
  return {
    ...model,
    graph: raiseGraph(model.graph, own, load),
    opsetImports: [{ domain: '', version: Math.max(own, target) }, ...others],
  };
}

function isDefault(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function raiseGraph(graph: Graph, opset: number, load: (tensor: Tensor) => Tensor): Graph {
  const empty = { ...graph, nodes: [], initializers: [] };
  const builder = GraphBuilder.extending(graph, 'raised_');
  builder.nodes.length = 0;
  for (const tensor of graph.initializers) builder.initializers.set(tensor.name, load(tensor));
  for (const node of graph.nodes)
    raiseNode(builder, withLoadedAttributes(node, opset, load), opset);
  const initialized = new Set(graph.initializers.map(({ name }) => name));
  return {
    ...empty,
    // Before IR version 4 every initializer was listed as an input, too.
    inputs: graph.inputs.filter(({ name }) => !initialized.has(name)),
    nodes: builder.nodes,
    initializers: [...builder.initializers.values()],
    valueInfo: [],
  };
}

function withLoadedAttributes(node: Node, opset: number, load: (tensor: Tensor) => Tensor): Node {
  const attributes = new Map(node.attributes);
  for (const [name, attribute] of attributes) {
    if (attribute.type === 'tensor') {
      attributes.set(name, tensorAttribute(load(attribute.value)));
    } else if (attribute.type === 'graph') {
      attributes.set(name, { type: 'graph', value: raiseGraph(attribute.value, opset, load) });
    }
  }
  return { ...node, attributes };
}

interface Raising {
  readonly builder: GraphBuilder;
  readonly node: Node;
  /** The operator set that the node was written for. */
  readonly opset: number;
}

/** Adds what stands for the node in the newer operator set; false where the node stays as it is. */
type NodeRaiser = (raising: Raising) => boolean;

function raiseNode(builder: GraphBuilder, node: Node, opset: number): void {
  const raiser = isDefault(node.domain) ? RAISERS.get(node.opType) : undefined;
  if (raiser?.({ builder, node, opset }) === true) return;
  builder.nodes.push(isDefault(node.domain) ? { ...node, domain: '' } : node);
}

/** The node again, with other inputs and without some attributes. */
function rewrite(
  { builder, node }: Raising,
  inputs: readonly string[],
  options: {
    readonly opType?: string;
    readonly without?: readonly string[];
    readonly add?: Attributes;
    readonly outputs?: readonly string[];
  },
): true {
  const kept = [...node.attributes].filter(([name]) => !options.without?.includes(name));
  builder.nodes.push({
    ...node,
    domain: '',
    opType: options.opType ?? node.opType,
    inputs: withoutTrailingBlanks(inputs),
    outputs: options.outputs ?? node.outputs,
    attributes: new Map([...kept, ...Object.entries(options.add ?? {})]),
  });
  return true;
}

function withoutTrailingBlanks(inputs: readonly string[]): readonly string[] {
  return inputs.slice(0, inputs.findLastIndex((name) => name !== '') + 1);
}

/** A vector attribute that became an input of int64. */
function attributeToInput(attribute: string): NodeRaiser {
  return (raising) => {
    const values = intsOf(raising.node, attribute);
    if (!values) return false;
    const [data = ''] = raising.node.inputs;
    const inputs = [data, raising.builder.integers(values)];
    return rewrite(raising, inputs, { without: [attribute] });
  };
}

const constant: NodeRaiser = ({ builder, node }) => {
  const name = node.outputs[0] ?? '';
  const value = node.attributes.get('value');
  if (value?.type === 'tensor') {
    builder.initializers.set(name, { ...value.value, name });
    return true;
  }
  const scalar = node.attributes.get('value_float') ?? node.attributes.get('value_int');
  const vector = node.attributes.get('value_floats') ?? node.attributes.get('value_ints');
  if (scalar?.type === 'float') {
    builder.initializer(name, DATA_TYPE.float, [], toBytes(DATA_TYPE.float, [scalar.value]));
  } else if (scalar?.type === 'int') {
    builder.initializer(name, DATA_TYPE.int64, [], bytesOf(BigInt64Array.of(scalar.value)));
  } else if (vector?.type === 'floats') {
    const bytes = toBytes(DATA_TYPE.float, vector.value);
    builder.initializer(name, DATA_TYPE.float, [vector.value.length], bytes);
  } else if (vector?.type === 'ints') {
    const bytes = bytesOf(BigInt64Array.from(vector.value));
    builder.initializer(name, DATA_TYPE.int64, [vector.value.length], bytes);
  } else {
    return false;
  }
  return true;
};

/** Before 13 it flattened its input to a matrix at `axis`, and the row was what summed to one. */
const softmax: NodeRaiser = ({ builder, node, opset }) => {
  if (opset >= 13) return false;
  const [x = ''] = node.inputs;
  const rows = builder.op('Flatten', [x], { axis: int(intOf(node, 'axis', 1)) });
  const scores = builder.op(node.opType, [rows], { axis: int(-1) });
  builder.node('Reshape', [scores, builder.op('Shape', [x])], [node.outputs[0] ?? '']);
  return true;
};

const slice: NodeRaiser = (raising) => {
  const { node, builder } = raising;
  const [starts, ends] = [intsOf(node, 'starts'), intsOf(node, 'ends')];
  if (!starts || !ends) return false;
  const axes = intsOf(node, 'axes') ?? starts.map((_, index) => index);
  const inputs = [node.inputs[0] ?? '', ...[starts, ends, axes].map((v) => builder.integers(v))];
  return rewrite(raising, inputs, { without: ['starts', 'ends', 'axes'] });
};

const clip: NodeRaiser = (raising) => {
  const { node, builder, opset } = raising;
  if (opset >= 11) return false;
  const bound = (name: string) =>
    node.attributes.has(name)
      ? builder.constant(DATA_TYPE.float, [], [floatOf(node, name, 0)])
      : '';
  const inputs = [node.inputs[0] ?? '', bound('min'), bound('max')];
  return rewrite(raising, inputs, { without: ['min', 'max'] });
};

const pad: NodeRaiser = (raising) => {
  const { node, builder } = raising;
  const pads = intsOf(node, 'pads');
  if (!pads) return false;
  const value = builder.constant(DATA_TYPE.float, [], [floatOf(node, 'value', 0)]);
  const inputs = [node.inputs[0] ?? '', builder.integers(pads), value];
  return rewrite(raising, inputs, { without: ['pads', 'value'] });
};

const split: NodeRaiser = (raising) => {
  const { node, builder, opset } = raising;
  const sizes = intsOf(node, 'split');
  const [data = '', given] = node.inputs;
  if (sizes) return rewrite(raising, [data, builder.integers(sizes)], { without: ['split'] });
  if (opset >= 18 || given) return false;
  return rewrite(raising, [data], { add: { num_outputs: int(node.outputs.length) } });
};

/** The ratio moved to an input; the node stays, and does nothing but in training. */
const dropout: NodeRaiser = (raising) => {
  const { node, builder, opset } = raising;
  if (opset >= 12) return false;
  const ratio = builder.constant(DATA_TYPE.float, [], [floatOf(node, 'ratio', 0.5)]);
  return rewrite(raising, [node.inputs[0] ?? '', ratio], { without: ['ratio'] });
};

/** Outputs beyond the first were for training only. */
const batchNormalization: NodeRaiser = (raising) => {
  const { node, opset } = raising;
  if (opset >= 14) return false;
  const outputs = node.outputs.slice(0, 1);
  return rewrite(raising, node.inputs, { without: ['spatial'], outputs });
};

/** Upsample, and Resize in its first version, mapped coordinates by rounding down. */
const resize: NodeRaiser = (raising) => {
  const { node, builder, opset } = raising;
  if (node.opType === 'Resize' && opset >= 11) return false;
  const [data = '', given = ''] = node.inputs;
  const factors = node.attributes.get('scales');
  const scales =
    factors?.type === 'floats'
      ? builder.constant(DATA_TYPE.float, [factors.value.length], factors.value)
      : given;
  return rewrite(raising, [data, '', scales], {
    opType: 'Resize',
    without: ['scales'],
    add: {
      mode: text(textOf(node, 'mode', 'nearest')),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
    },
  });
};

const scatter: NodeRaiser = (raising) =>
  rewrite(raising, raising.node.inputs, { opType: 'ScatterElements' });

const axes = attributeToInput('axes');

/** What changed between operator sets 9 and 20 in operators that a network may be trained through. */
const RAISERS: ReadonlyMap<string, NodeRaiser> = new Map([
  ['BatchNormalization', batchNormalization],
  ['Clip', clip],
  ['Constant', constant],
  ['Dropout', dropout],
  ['LogSoftmax', softmax],
  ['Pad', pad],
  ['ReduceL1', axes],
  ['ReduceL2', axes],
  ['ReduceLogSum', axes],
  ['ReduceLogSumExp', axes],
  ['ReduceMax', axes],
  ['ReduceMean', axes],
  ['ReduceMin', axes],
  ['ReduceProd', axes],
  ['ReduceSum', axes],
  ['ReduceSumSquare', axes],
  ['Resize', resize],
  ['Scatter', scatter],
  ['Slice', slice],
  ['Softmax', softmax],
  ['Split', split],
  ['Squeeze', axes],
  ['Unsqueeze', axes],
  ['Upsample', resize],
]);
