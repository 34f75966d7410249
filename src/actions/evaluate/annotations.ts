import type { Evaluation } from '../../evaluation/evaluation.ts';
import { finding, requirement } from '../../evaluation/report/sentences.ts';
import { POLICY_FILE } from '../../project/policy.ts';
import type { Annotation } from '../../runner/use-case.ts';

/** One for each gate that did not pass, and one for each change that breaks the interface. */
export function annotations({ gates, breaks, data }: Evaluation): Annotation[] {
  return [
    ...data.findings.map(({ severity, message, place }) => ({
      severity: severity === 'info' ? ('notice' as const) : severity,
      title: 'Data',
      message,
      place,
    })),
    ...breaks.map((what) => ({
      severity: 'error' as const,
      title: 'The interface breaks',
      message: what,
      place: { file: POLICY_FILE },
    })),
    ...gates.flatMap((gate) => {
      const undecided = gate.outcome === 'not-enough-data';
      if (gate.passed !== false && !undecided) return [];
      return {
        severity: gate.passed === false ? ('error' as const) : ('warning' as const),
        title: undecided ? 'Gate not decided' : 'Gate failed',
        message: `${requirement(gate)}: ${finding(gate)}`,
        place: { file: POLICY_FILE },
      };
    }),
  ];
}
