import type { GraphBuilder } from '../../onnx/builder.ts';

/** What a recurrent cell is built with; matrices are transposed, [inputs, gates * hidden]. */
export interface CellParts {
  readonly builder: GraphBuilder;
  /** The product of all inputs with the input weights [steps, batch, gates * hidden]. */
  readonly projected: string;
  readonly recurrent: string;
  readonly inputBias: string;
  readonly recurrentBias: string;
  readonly hidden: number;
  /** GRU: whether the reset gate works behind the recurrent product. */
  readonly linearBeforeReset: boolean;
  split(name: string, sizes: readonly number[], axis: number): readonly string[];
}

export interface CellStep {
  /** What each step takes a slice of. */
  readonly inputs: string;
  /** The states [1, batch, hidden] after a step, the hidden one first. */
  next(input: string, states: readonly string[]): readonly string[];
}

/** A recurrent cell as onnx/docs/Operators.md defines it. */
export interface Cell {
  readonly gates: number;
  /** Which inputs of the node its states begin with. */
  readonly initialInputs: readonly number[];
  build(parts: CellParts): CellStep;
}

/** The gates i, o, f, c: C = f C + i c, H = o tanh(C). */
const lstm: Cell = {
  gates: 4,
  initialInputs: [5, 6],
  build(parts) {
    const { builder, hidden } = parts;
    return {
      inputs: withBothBiases(parts),
      next(input, [state = '', cell = '']) {
        const sum = builder.op('Add', [input, recurrentProduct(parts, state)]);
        const [open = '', candidate = ''] = parts.split(sum, [3 * hidden, hidden], 2);
        const gates = builder.op('Sigmoid', [open]);
        const [i = '', o = '', f = ''] = parts.split(gates, [hidden, hidden, hidden], 2);
        const kept = builder.op('Mul', [f, cell]);
        const added = builder.op('Mul', [i, builder.op('Tanh', [candidate])]);
        const next = builder.op('Add', [kept, added]);
        return [builder.op('Mul', [o, builder.op('Tanh', [next])]), next];
      },
    };
  },
};

/** The gates z, r, h: H = (1 - z) h + z H = h + z (H - h). */
const gru: Cell = {
  gates: 3,
  initialInputs: [5],
  build(parts) {
    const { builder, hidden, linearBeforeReset, recurrentBias } = parts;
    const halves = [2 * hidden, hidden];
    const [recurrentGates = '', recurrentCandidate = ''] = linearBeforeReset
      ? []
      : parts.split(parts.recurrent, halves, 1);
    const product = (state: string) =>
      builder.op('Add', [recurrentProduct(parts, state), recurrentBias]);
    const blend = (open: string, state: string, candidateOf: (reset: string) => string) => {
      const gates = builder.op('Sigmoid', [open]);
      const [z = '', r = ''] = parts.split(gates, [hidden, hidden], 2);
      const candidate = builder.op('Tanh', [candidateOf(r)]);
      const rest = builder.op('Mul', [z, builder.op('Sub', [state, candidate])]);
      return [builder.op('Add', [candidate, rest])];
    };
    return {
      inputs: linearBeforeReset
        ? builder.op('Add', [parts.projected, parts.inputBias])
        : withBothBiases(parts),
      next(input, [state = '']) {
        const [ownGates = '', ownCandidate = ''] = parts.split(input, halves, 2);
        if (linearBeforeReset) {
          const [gates = '', candidate = ''] = parts.split(product(state), halves, 2);
          return blend(builder.op('Add', [ownGates, gates]), state, (reset) =>
            builder.op('Add', [ownCandidate, builder.op('Mul', [reset, candidate])]),
          );
        }
        const gates = builder.op('MatMul', [state, recurrentGates]);
        return blend(builder.op('Add', [ownGates, gates]), state, (reset) => {
          const shown = builder.op('Mul', [reset, state]);
          const candidate = builder.op('MatMul', [shown, recurrentCandidate]);
          return builder.op('Add', [ownCandidate, candidate]);
        });
      },
    };
  },
};

const simple: Cell = {
  gates: 1,
  initialInputs: [5],
  build: (parts) => ({
    inputs: withBothBiases(parts),
    next(input, [state = '']) {
      const sum = parts.builder.op('Add', [input, recurrentProduct(parts, state)]);
      return [parts.builder.op('Tanh', [sum])];
    },
  }),
};

function withBothBiases({ builder, projected, inputBias, recurrentBias }: CellParts): string {
  return builder.op('Add', [projected, builder.op('Add', [inputBias, recurrentBias])]);
}

function recurrentProduct({ builder, recurrent }: CellParts, state: string): string {
  return builder.op('MatMul', [state, recurrent]);
}

export const CELLS: ReadonlyMap<string, Cell> = new Map([
  ['LSTM', lstm],
  ['GRU', gru],
  ['RNN', simple],
]);
