import { graph as graphAttribute } from '../onnx/attributes.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { dataTypeOf } from '../onnx/element-type.ts';
import { DATA_TYPE, type Model } from '../onnx/model.ts';
import type { DropoutMask } from './dropout.ts';
import type { DataInput, LossGraph } from './loss-graph.ts';
import type { StepTensor, TrainingStep } from './training-step.ts';

/** A tensor that goes through the loop; `before` and `after` are an input and an output. */
export interface Carried extends StepTensor {
  readonly before: string;
  readonly after: string;
}

/** Many training steps in one graph; the names are those of its inputs and outputs. */
export interface TrainingLoop {
  readonly model: Model;
  readonly carried: readonly Carried[];
  /** All examples, by the name of the model's input. */
  readonly inputs: ReadonlyMap<string, string>;
  /** All labels. */
  readonly labels: string;
  /** int64 scalar: how many steps to run. */
  readonly stepCount: string;
  /** int64 [steps, batch]: which examples each step takes. */
  readonly indices: string;
  /** float32 [steps, batch]. */
  readonly weights: string;
  /** float32 [steps] each. */
  readonly scalars: readonly string[];
  /** uint8 [steps, ...dims] each. */
  readonly masks: readonly DropoutMask[];
  /** Outputs, float32 [steps that ran] each. */
  readonly losses: string;
  readonly corrects: string | undefined;
}

/** What the outer graph is fed with, beside the tensors that are carried. */
interface Sources {
  readonly stepCount: string;
  readonly indices: string;
  readonly weights: string;
  readonly data: readonly (readonly [DataInput, string])[];
  readonly scalars: readonly string[];
  readonly masks: readonly string[];
}

/**
 * Wraps a step into an ONNX Loop: parameters stay inside for as many steps as one run takes, and
 * the examples of each step are gathered there. The Loop ends early, with fewer losses than steps,
 * after a loss that is not finite.
 */
export function buildTrainingLoop(lossGraph: LossGraph, step: TrainingStep): TrainingLoop {
  const { builder: body, loss, correct } = lossGraph;
  const outer = new GraphBuilder(body.unique('run'));
  const sources = addSources(outer, lossGraph, step);
  const iteration = body.unique('iteration');
  body.nodes.unshift(...gatherBatch(lossGraph, step, sources, iteration));

  const float = DATA_TYPE.float;
  body.inputs.length = 0;
  body.outputs.length = 0;
  body.input(iteration, DATA_TYPE.int64, []);
  body.input(body.unique('condition'), DATA_TYPE.bool, []);
  body.output(isFinite(body, loss), DATA_TYPE.bool, []);
  const carried = step.tensors.map((tensor): Carried => {
    body.input(tensor.name, float, tensor.dims);
    body.output(tensor.next, float, tensor.dims);
    const before = outer.input(body.unique(`${tensor.name}.before`), float, tensor.dims);
    return { ...tensor, before, after: body.unique(`${tensor.name}.after`) };
  });
  const results = [loss, ...(correct === undefined ? [] : [correct])];
  for (const result of results) body.output(result, float, []);

  const scans = results.map((result) => body.unique(`all.${result}`));
  const always = outer.constant(DATA_TYPE.bool, [], [1]);
  outer.node(
    'Loop',
    [sources.stepCount, always, ...carried.map(({ before }) => before)],
    [...carried.map(({ after }) => after), ...scans],
    { body: graphAttribute(body.graph('step')) },
  );
  for (const { after, dims } of carried) outer.output(after, float, dims);
  for (const scan of scans) outer.output(scan, float, ['steps']);
  return {
    model: { ...lossGraph.model, graph: outer.graph('training') },
    carried,
    inputs: new Map(sources.data.slice(0, -1).map(([{ name }, source]) => [name, source])),
    labels: sources.data.at(-1)?.[1] ?? '',
    stepCount: sources.stepCount,
    indices: sources.indices,
    weights: sources.weights,
    scalars: sources.scalars,
    masks: lossGraph.masks.map((mask, index) => ({ ...mask, name: sources.masks[index] ?? '' })),
    losses: scans[0] ?? '',
    corrects: scans[1],
  };
}

function addSources(outer: GraphBuilder, lossGraph: LossGraph, step: TrainingStep): Sources {
  const { builder: body, inputs, labels, batchSize, masks } = lossGraph;
  const float = DATA_TYPE.float;
  const batches = ['steps', batchSize];
  return {
    stepCount: outer.input(body.unique('steps'), DATA_TYPE.int64, []),
    indices: outer.input(body.unique('indices'), DATA_TYPE.int64, batches),
    weights: outer.input(body.unique('weights'), float, batches),
    data: [...inputs, labels].map((input) => {
      const dims = ['examples', ...input.dims];
      const type = dataTypeOf(input.elementType);
      return [input, outer.input(body.unique(`all.${input.name}`), type, dims)];
    }),
    scalars: step.scalars.map((name) => outer.input(body.unique(`all.${name}`), float, ['steps'])),
    masks: masks.map(({ name, dims }) =>
      outer.input(body.unique(`all.${name}`), DATA_TYPE.uint8, ['steps', ...dims]),
    ),
  };
}

/** The nodes that take the batch, its weights, the scalars and the masks of one iteration. */
function gatherBatch(
  lossGraph: LossGraph,
  step: TrainingStep,
  sources: Sources,
  iteration: string,
): GraphBuilder['nodes'] {
  const builder = new GraphBuilder(lossGraph.builder.unique('gather'));
  const chosen = builder.op('Gather', [sources.indices, iteration]);
  for (const [{ name }, source] of sources.data) builder.node('Gather', [source, chosen], [name]);
  const one = (source = '', name: string) => {
    builder.node('Gather', [source, iteration], [name]);
  };
  one(sources.weights, lossGraph.weights);
  step.scalars.forEach((name, index) => {
    one(sources.scalars[index], name);
  });
  lossGraph.masks.forEach(({ name }, index) => {
    one(sources.masks[index], name);
  });
  return builder.nodes;
}

/** Adds |x| < infinity, which is false for NaN too. */
function isFinite(builder: GraphBuilder, name: string): string {
  const infinity = builder.constant(DATA_TYPE.float, [], [Infinity]);
  return builder.op('Less', [builder.op('Abs', [name]), infinity]);
}
