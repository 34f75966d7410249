import type { Multilabelled } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { prAuc, rocAuc } from './areas.ts';
import { hammingLoss, subsetAccuracy } from './exact.ts';
import { overClasses, samplesF1 } from './precision-recall.ts';
import { rankingPrecision } from './ranking-precision.ts';

export const multilabelMetrics: readonly Metric<Multilabelled>[] = [
  ...overClasses,
  samplesF1,
  subsetAccuracy,
  hammingLoss,
  rankingPrecision,
  rocAuc,
  prAuc,
];
