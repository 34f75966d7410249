import type { Node } from '../../onnx/model.ts';
import type { GradientContext } from './context.ts';

/**
 * How a gradient passes backwards through one operator: adds nodes to the graph and names what
 * they compute.
 * @param outputGradients of the loss by each output, in the output's shape; undefined where no
 * gradient arrives. The first is always there
 * @returns the gradient of the loss by each input, in the input's shape; undefined where there is
 * none or `context.needs` says that nobody asks for it
 */
export type GradientRule = (
  context: GradientContext,
  node: Node,
  outputGradients: OutputGradients,
) => InputGradients;

export type OutputGradients = readonly [string, ...(string | undefined)[]];
export type InputGradients = readonly (string | undefined)[];

/** Rules by operator of the default domain. */
export type RuleFamily = Readonly<Record<string, GradientRule>>;
