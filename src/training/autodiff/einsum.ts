import { UserError } from '../../errors.ts';
import { text, textOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import type { GradientContext } from './context.ts';
import { input, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** An equation with a letter for every axis. */
interface Equation {
  readonly terms: readonly string[];
  readonly result: string;
}

/**
 * The gradient by one operand is an Einsum of the others with the gradient by the result; along
 * axes that this operand alone had, and that were summed over, it is the same everywhere.
 */
const einsum: GradientRule = (c, node, [gradient]) => {
  const equation = equationOf(c, node);
  const sizes = sizesOf(c, node, equation);
  return node.inputs.map((name, index) => {
    if (!c.needs(name)) return undefined;
    const term = equation.terms[index] ?? '';
    const others = equation.terms.map((other, place) => [other, input(node, place)] as const);
    others.splice(index, 1);
    const sources = [[equation.result, gradient] as const, ...others];
    const present = Array.from(term).filter((letter) =>
      sources.some(([own]) => own.includes(letter)),
    );
    const product = c.op(
      'Einsum',
      sources.map(([, source]) => source),
      { equation: text(`${sources.map(([own]) => own).join()}->${present.join('')}`) },
    );
    const full = Array.from(term).map((letter) => sizes.get(letter) ?? 1);
    const kept = Array.from(term).map((letter, axis) =>
      present.includes(letter) ? (full[axis] ?? 1) : 1,
    );
    const whole = present.length === term.length ? product : c.reshape(product, kept);
    const spread = kept.join() === full.join() ? whole : c.expand(whole, full);
    return c.unbroadcast(spread, full, c.shape(name));
  });
};

/** The largest size of an axis: an operand may be broadcast along it. */
function sizesOf(c: GradientContext, node: Node, { terms }: Equation): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  terms.forEach((term, index) => {
    c.shape(input(node, index)).forEach((size, axis) => {
      const letter = term[axis] ?? '';
      sizes.set(letter, Math.max(size, sizes.get(letter) ?? 1));
    });
  });
  return sizes;
}

function equationOf(c: GradientContext, node: Node): Equation {
  const written = textOf(node, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = written.split('->');
  const names = left.split(',');
  const ranks = names.map(
    (name, index) => c.shape(input(node, index)).length - letters(name).length,
  );
  const rest = UNUSED.filter((letter) => !written.includes(letter));
  const dots = (count: number) => rest.slice(0, Math.max(...ranks, 0)).slice(-count || Infinity);
  const expanded = (term: string, count: number) => term.replace('...', dots(count).join(''));
  const terms = names.map((term, index) => expanded(term, ranks[index] ?? 0));
  const resultRank = c.shape(output(node, 0)).length;
  const implicit = () =>
    (left.includes('...') ? '...' : '') +
    [...new Set(letters(left))]
      .filter((letter) => left.split(letter).length === 2)
      .sort()
      .join('');
  const rightTerm = right ?? implicit();
  const result = expanded(rightTerm, resultRank - letters(rightTerm).length);
  if (terms.every((term) => new Set(term).size === term.length)) return { terms, result };
  throw new UserError(`Einsum '${node.name}' takes a diagonal: ${written}`, {
    hint: 'An operand that names an axis twice has no gradient rule.',
  });
}

function letters(term: string): string[] {
  return Array.from(term.replaceAll(/[^A-Za-z]/g, ''));
}

/** Letters for the axes behind an ellipsis. */
const UNUSED = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

export const einsums: RuleFamily = { Einsum: einsum };
