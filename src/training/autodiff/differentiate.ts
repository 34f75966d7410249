import { UserError } from '../../errors.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Node } from '../../onnx/model.ts';
import type { KnownValues } from '../known-values.ts';
import { GradientContext } from './context.ts';
import type { GradientRule } from './rule.ts';
import { CONSTANT_OPERATORS, gradientRules } from './rules.ts';

export interface Differentiation {
  /** Holds the forward graph in running order; the backward nodes are added to it. */
  readonly builder: GraphBuilder;
  readonly known: KnownValues;
  /** A scalar. */
  readonly loss: string;
  /** The tensors to differentiate by. */
  readonly by: readonly string[];
  readonly rules?: ReadonlyMap<string, GradientRule>;
}

/**
 * Reverse-mode differentiation: adds to the graph what computes the gradient of `loss` by each
 * tensor of `by`, and returns the names; a tensor that the loss does not depend on has none.
 * @throws UserError where an operator on the way has no rule, before any node is added
 */
export function differentiate(task: Differentiation): ReadonlyMap<string, string> {
  const { builder, known, loss, by, rules = gradientRules } = task;
  const forward = [...builder.nodes];
  const wanted = dependents(forward, by);
  const path = forward.filter((node) => node.outputs.some((name) => wanted.has(name)));
  const relevant = ancestors(path, loss);
  checkRules(relevant, rules);

  const context = new GradientContext(builder, known, wanted);
  const gradients = new Gradients(context);
  gradients.add(loss, context.scalar(1, loss));
  for (const node of relevant.toReversed()) {
    const arrived = node.outputs.map((name) => gradients.total(name));
    if (arrived.every((gradient) => gradient === undefined)) continue;
    const [first, ...others] = arrived;
    const rule = rules.get(node.opType);
    const whole =
      first ?? context.zeros(context.shape(node.outputs[0] ?? ''), node.outputs[0] ?? '');
    const passed = rule?.(context, node, [whole, ...others]) ?? [];
    passed.forEach((gradient, index) => {
      const name = node.inputs[index];
      if (gradient !== undefined && name && context.needs(name)) gradients.add(name, gradient);
    });
  }
  return new Map(
    by.flatMap((name): [string, string][] => {
      const gradient = gradients.total(name);
      return gradient === undefined ? [] : [[name, context.whole(gradient)]];
    }),
  );
}

/** Gradients that arrive at a tensor from several places are summed once all are there. */
class Gradients {
  private readonly context: GradientContext;
  private readonly parts = new Map<string, string[]>();

  constructor(context: GradientContext) {
    this.context = context;
  }

  add(name: string, gradient: string): void {
    const parts = this.parts.get(name);
    if (parts) parts.push(gradient);
    else this.parts.set(name, [gradient]);
  }

  total(name: string): string | undefined {
    const parts = this.parts.get(name) ?? [];
    if (parts.length < 2) return parts[0];
    // Not Sum, which ONNX Runtime does on one thread.
    const total = parts.reduce((sum, part) => this.context.addEqual(sum, part));
    this.parts.set(name, [total]);
    return total;
  }
}

/** Every tensor through which a change of `sources` can reach something. */
export function dependents(
  nodes: readonly Node[],
  sources: readonly string[],
): ReadonlySet<string> {
  const reached = new Set(sources);
  for (const node of nodes) {
    if (CONSTANT_OPERATORS.has(node.opType) && node.domain === '') continue;
    if (!node.inputs.some((name) => reached.has(name))) continue;
    for (const name of node.outputs) if (name) reached.add(name);
  }
  return reached;
}

/** The nodes that `target` depends on, in running order. */
function ancestors(nodes: readonly Node[], target: string): readonly Node[] {
  const used = new Set([target]);
  return nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((name) => used.has(name))) return false;
      for (const name of node.inputs) used.add(name);
      return true;
    })
    .toReversed();
}

function checkRules(nodes: readonly Node[], rules: ReadonlyMap<string, GradientRule>): void {
  const missing = nodes.find((node) => node.domain !== '' || !rules.has(node.opType));
  if (!missing) return;
  const operator = `${missing.domain || 'ai.onnx'}.${missing.opType}`;
  const at = missing.name ? ` (node '${missing.name}')` : '';
  throw new UserError(`${operator}${at} has no gradient rule`, {
    hint: 'Train only what comes after it, or export the model with other operators.',
  });
}
