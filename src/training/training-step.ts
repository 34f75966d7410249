import { UserError } from '../errors.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Tensor } from '../onnx/model.ts';
import { clipByNorm } from './clip.ts';
import { differentiate } from './autodiff/differentiate.ts';
import type { KnownValues } from './known-values.ts';
import type { LossGraph } from './loss-graph.ts';
import type { Optimizer } from './optimizers.ts';

/** A tensor that goes from step to step: a parameter or a part of the optimizer's state. */
export interface StepTensor {
  /** What the step reads. */
  readonly name: string;
  /** What the step makes of it. */
  readonly next: string;
  readonly dims: readonly number[];
  /** Undefined: zeros. */
  readonly initial: Uint8Array | undefined;
}

/** One step of training as nodes of the loss graph's builder: forward, backward, update. */
export interface TrainingStep {
  readonly tensors: readonly StepTensor[];
  /** Scalar inputs, in the order of `Optimizer.scalars`. */
  readonly scalars: readonly string[];
}

/**
 * Differentiates the loss and adds the optimizer.
 * @param known what running the graph of `lossGraph` on a batch told
 * @throws UserError where an operator cannot be differentiated, or a parameter changes nothing
 */
export function addTrainingStep(
  { builder, loss, running }: LossGraph,
  options: {
    readonly trained: readonly string[];
    readonly optimizer: Optimizer;
    readonly clipNorm: number | undefined;
    readonly known: KnownValues;
  },
): TrainingStep {
  const { trained, optimizer, clipNorm, known } = options;
  const raw = differentiate({ builder, known, loss, by: trained });
  const gradients = clipNorm === undefined ? raw : clipByNorm(builder, raw, clipNorm);
  const scalars = optimizer.scalars.map((name) => builder.unique(name));
  const tensors = trained.flatMap((name) => {
    const gradient = gradients.get(name);
    if (gradient === undefined) throw unused(name);
    return addUpdate(builder, optimizer, { name, gradient, scalars });
  });
  const followers = running.map(({ name, next }) => {
    const tensor = takeInitializer(builder, name);
    return { name, next, dims: tensor.dims, initial: bytesOfTensor(tensor) };
  });
  return { tensors: [...tensors, ...followers], scalars };
}

/** One parameter and its optimizer state: initializers no more, but carried through the loop. */
function addUpdate(
  builder: GraphBuilder,
  optimizer: Optimizer,
  task: { readonly name: string; readonly gradient: string; readonly scalars: readonly string[] },
): readonly StepTensor[] {
  const { name, gradient, scalars } = task;
  const tensor = takeInitializer(builder, name);
  const states = optimizer.state
    .map((part) => `${name}.${part}`)
    .map((hint) => builder.unique(hint));
  const update = optimizer.update(builder, {
    parameter: name,
    rank: tensor.dims.length,
    gradient,
    state: states,
    scalars,
  });
  return [
    { name, next: update.parameter, dims: tensor.dims, initial: bytesOfTensor(tensor) },
    ...states.map((state, index) => ({
      name: state,
      next: update.state[index] ?? '',
      dims: tensor.dims,
      initial: undefined,
    })),
  ];
}

function takeInitializer(builder: GraphBuilder, name: string): Tensor {
  const tensor = builder.initializers.get(name);
  if (!tensor) throw new Error(`'${name}' is not an initializer`);
  builder.initializers.delete(name);
  return tensor;
}

function bytesOfTensor(tensor: Tensor): Uint8Array {
  if (tensor.data.kind === 'bytes') return tensor.data.bytes;
  throw new Error(`the values of '${tensor.name}' were not loaded`);
}

function unused(name: string): UserError {
  return new UserError(`the loss does not depend on '${name}'`, {
    hint: 'Leave it out of what is trained.',
  });
}
