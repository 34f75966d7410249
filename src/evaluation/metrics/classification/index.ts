import type { Classified } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { accuracy } from './accuracy.ts';
import { areas } from './areas.ts';
import { balancedAccuracy } from './balanced-accuracy.ts';
import { brier } from './brier.ts';
import { calibrationError } from './calibration-error.ts';
import { logLoss } from './log-loss.ts';
import { matthews } from './matthews.ts';
import { ofSecondClass, overClasses } from './precision-recall.ts';
import { topAccuracy } from './top-accuracy.ts';

export const classificationMetrics: readonly Metric<Classified>[] = [
  accuracy,
  ...overClasses,
  logLoss,
  balancedAccuracy,
  ...topAccuracy,
  ...ofSecondClass,
  matthews,
  ...areas,
  brier,
  calibrationError,
];
