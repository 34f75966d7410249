import type { Evaluation } from '../../src/evaluation/evaluation.ts';
import { summarise } from '../../src/evaluation/latency.ts';
import type { ModelDiff } from '../../src/onnx/diff/index.ts';

/** Of a classifier that is worse than its baseline. */
export function evaluation(classes: number, name = 'digits'): Evaluation {
  const figures = { precision: 0.5, recall: 0.5, f1: 0.5, support: 10 };
  const contender = {
    name,
    digest: `sha256:${'a'.repeat(64)}`,
    bytes: 1000,
    inference: {
      by: 'engine' as const,
      setting: { threads: 2, batch: 64 },
      alone: true,
      byLength: false,
      rate: undefined,
      provider: 'cpu' as const,
      fallback: undefined,
    },
    details: {
      readAs: 'logits',
      classNames: Array.from({ length: classes }, (_, i) => (i === 0 ? name : `class ${i}`)),
      classes: Array.from({ length: classes }, () => figures),
      confusion:
        classes > 100 ? undefined : { classes, counts: new Float64Array(classes ** 2).fill(3) },
      reliability: [{ confidence: 0.9, accuracy: 0.8, examples: 2000 }],
      curves: [],
    },
  };
  const samples = Float64Array.from({ length: 40 }, (_, i) => 1 + (i % 7) / 10);
  return {
    task: 'classification',
    verdict: 'rejected',
    gates: [
      {
        metric: 'accuracy',
        rule: 'max-regression',
        limit: 0.01,
        value: 0.05,
        interval: { low: 0.03, high: 0.07 },
        outcome: 'worse',
        passed: false,
        examplesNeeded: undefined,
      },
    ],
    confidence: 0.95,
    candidate: contender,
    baseline: { ...contender, name: `${name}@v1` },
    diff: undefined,
    card: undefined,
    breaks: [],
    data: { file: 'data/test.npz', examples: 2000, findings: [] },
    qualities: [
      {
        metric: 'accuracy',
        candidate: 0.9,
        baseline: 0.95,
        regression: { estimate: 0.05, interval: { low: 0.03, high: 0.07 } },
      },
    ],
    slices: [],
    latency: {
      batch: 1,
      candidate: summarise(samples),
      baseline: summarise(samples),
      ratio: { estimate: 1, interval: { low: 0.9, high: 1.1 } },
      further: undefined,
    },
    pairs: { broken: 120, fixed: 20, total: 2000, chance: 1e-9 },
    flips: {
      broken: 120,
      fixed: 20,
      examples: [{ example: 3, label: name, baseline: name, candidate: 'b', confidence: 0.9 }],
    },
    machine: { platform: 'linux x64', processor: 'A processor', threads: 2 },
  };
}

/** Of a model with itself. */
export const noDiff: ModelDiff = {
  interface: [],
  opsets: [],
  operators: [],
  nodes: { before: 1, after: 1 },
  weights: {
    unchanged: 1,
    changes: [],
    notFinite: [],
    parameters: { before: 4, after: 4 },
    sparsity: { before: 0, after: 0 },
  },
  metadata: [],
};
