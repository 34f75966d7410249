import type { Multilabelled } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { areas } from './areas.ts';
import { hammingLoss, subsetAccuracy } from './exact.ts';
import { overClasses, samplesF1 } from './precision-recall.ts';
import { rankingPrecision } from './ranking-precision.ts';

export const multilabelMetrics: readonly Metric<Multilabelled>[] = [
  ...overClasses,
  samplesF1,
  subsetAccuracy,
  hammingLoss,
  rankingPrecision,
  ...areas,
];
