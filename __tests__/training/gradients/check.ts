/**
 * Runs in a process of its own, for ONNX Runtime does not work inside jest's realm. Prints, as
 * JSON, the error of every case, and for each rule that was made 1 % wrong the error that shows.
 */
import { openRuntime } from '../../../src/inference/onnxruntime.ts';
import type { GradientRule } from '../../../src/training/autodiff/rule.ts';
import { gradientRules } from '../../../src/training/autodiff/rules.ts';
import { cases } from './cases.ts';
import { measure, worstError, type Measured } from './differences.ts';

const runtime = openRuntime(process.argv[2] ?? '');
const errors: { name: string; floatType: string; error: number }[] = [];
const byOperator = new Map<string, Measured[]>();
for (const test of cases) {
  try {
    const measured = await measure(runtime, test);
    const { floatType } = measured;
    errors.push({ name: test.name, floatType, error: await worstError(runtime, measured) });
    byOperator.set(test.opType, [...(byOperator.get(test.opType) ?? []), measured]);
  } catch (thrown) {
    throw new Error(`case '${test.name}' does not run`, { cause: thrown });
  }
}

const mutants: { opType: string; input: number; error: number }[] = [];
for (const [opType, rule] of gradientRules) {
  const inputs = byOperator
    .get(opType)
    ?.flatMap(({ test }) =>
      test.operands.flatMap((operand, index) => (operand.kind === 'variable' ? [index] : [])),
    );
  for (const input of new Set(inputs ?? [-1])) {
    mutants.push({ opType, input, error: await mutantError(opType, wrong(rule, input)) });
  }
}
process.stdout.write(JSON.stringify({ errors, mutants }));

/** The rule with the gradient by one of its inputs 1 % too large. */
function wrong(rule: GradientRule, input: number): GradientRule {
  return (context, node, gradients) =>
    rule(context, node, gradients).map((gradient, index) => {
      const name = node.inputs[index];
      if (gradient === undefined || name === undefined || index !== input) return gradient;
      return context.multiply(gradient, context.scalar(1.01, name));
    });
}

async function mutantError(opType: string, rule: GradientRule): Promise<number> {
  const rules = new Map([...gradientRules, [opType, rule]]);
  let worst = 0;
  for (const measured of byOperator.get(opType) ?? []) {
    worst = Math.max(worst, await worstError(runtime, measured, rules));
  }
  return worst;
}
