import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE } from '../onnx/model.ts';

/** What one update is computed of: names of tensors in the graph. */
export interface UpdateInputs {
  readonly parameter: string;
  readonly rank: number;
  readonly gradient: string;
  /** The optimizer's own tensors, shaped like the parameter, in the order of `Optimizer.state`. */
  readonly state: readonly string[];
  /** Scalars of this step, in the order of `Optimizer.scalars`. */
  readonly scalars: readonly string[];
}

export interface Update {
  readonly parameter: string;
  readonly state: readonly string[];
}

/**
 * One step of gradient descent as graph nodes. What depends on the step number is computed outside
 * in double precision and enters as scalars.
 */
export interface Optimizer {
  /** Tensors kept beside each parameter from step to step; zero at the start. */
  readonly state: readonly string[];
  readonly scalars: readonly string[];
  /** @param step counted from 1 */
  scalarsAt(step: number, learningRate: number): readonly number[];
  update(builder: GraphBuilder, inputs: UpdateInputs): Update;
}

export interface OptimizerSettings {
  readonly name: 'sgd' | 'adam' | 'adamw';
  readonly weightDecay: number;
  /** `matrices` spares biases and the parameters of normalisation. */
  readonly decayed: 'all' | 'matrices';
  /** The largest Euclidean norm of all gradients together; undefined for no limit. */
  readonly clipNorm: number | undefined;
  /** For sgd. */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** For adam and adamw. */
  readonly betas: readonly [number, number];
  readonly epsilon: number;
}

/** The optimizer of `settings`, exact as the one of the same name in torch.optim. */
export function createOptimizer(settings: OptimizerSettings): Optimizer {
  switch (settings.name) {
    case 'sgd':
      return sgd(settings);
    case 'adam':
    case 'adamw':
      return adam(settings);
  }
}

/** torch.optim.SGD without dampening: v = momentum v + g; w -= lr v (nesterov: g + momentum v). */
function sgd(settings: OptimizerSettings): Optimizer {
  const { momentum, nesterov } = settings;
  return {
    state: momentum === 0 ? [] : ['velocity'],
    scalars: ['learning-rate'],
    scalarsAt: (_, learningRate) => [learningRate],
    update(builder, { parameter, rank, gradient, state, scalars }) {
      const decayed = addScaled(builder, gradient, parameter, decayOf(settings, rank));
      const [velocity] = state;
      const next =
        velocity === undefined ? decayed : addScaled(builder, decayed, velocity, momentum);
      const direction = nesterov ? addScaled(builder, decayed, next, momentum) : next;
      const move = builder.op('Mul', [direction, scalars[0] ?? '']);
      return {
        parameter: builder.op('Sub', [parameter, move]),
        state: velocity === undefined ? [] : [next],
      };
    },
  };
}

/**
 * torch.optim.Adam and AdamW. With the bias corrections c1 = 1 - beta1^t and c2 = 1 - beta2^t,
 *   w -= lr / c1 * m / (sqrt(v / c2) + epsilon)
 * is written as w -= a m / (sqrt(v) + e) with a = lr sqrt(c2) / c1 and e = epsilon sqrt(c2): one
 * pass over the parameter less.
 */
function adam(settings: OptimizerSettings): Optimizer {
  const [beta1, beta2] = settings.betas;
  const decoupled = settings.name === 'adamw';
  return {
    state: ['mean', 'square'],
    scalars: decoupled ? ['step-size', 'epsilon', 'keep'] : ['step-size', 'epsilon'],
    scalarsAt(step, learningRate) {
      const root = Math.sqrt(1 - beta2 ** step);
      const common = [(learningRate / (1 - beta1 ** step)) * root, settings.epsilon * root];
      return decoupled ? [...common, 1 - learningRate * settings.weightDecay] : common;
    },
    update(builder, { parameter, rank, gradient, state, scalars }) {
      const decay = decayOf(settings, rank);
      const [mean = '', square = ''] = state;
      const [stepSize = '', epsilon = '', keep] = scalars;
      const g = decoupled ? gradient : addScaled(builder, gradient, parameter, decay);
      const nextMean = blend(builder, mean, g, beta1);
      const nextSquare = blend(builder, square, builder.op('Mul', [g, g]), beta2);
      const root = builder.op('Add', [builder.op('Sqrt', [nextSquare]), epsilon]);
      const move = builder.op('Div', [builder.op('Mul', [nextMean, stepSize]), root]);
      const kept =
        keep === undefined || decay === 0 ? parameter : builder.op('Mul', [parameter, keep]);
      return { parameter: builder.op('Sub', [kept, move]), state: [nextMean, nextSquare] };
    },
  };
}

function decayOf({ weightDecay, decayed }: OptimizerSettings, rank: number): number {
  return decayed === 'all' || rank > 1 ? weightDecay : 0;
}

/** a + factor b; `a` itself where the factor is zero. */
function addScaled(builder: GraphBuilder, a: string, b: string, factor: number): string {
  if (factor === 0) return a;
  return builder.op('Add', [a, builder.op('Mul', [b, scalar(builder, factor)])]);
}

/** beta a + (1 - beta) b */
function blend(builder: GraphBuilder, a: string, b: string, beta: number): string {
  const kept = builder.op('Mul', [a, scalar(builder, beta)]);
  return builder.op('Add', [kept, builder.op('Mul', [b, scalar(builder, 1 - beta)])]);
}

function scalar(builder: GraphBuilder, value: number): string {
  return builder.constant(DATA_TYPE.float, [], [value]);
}
