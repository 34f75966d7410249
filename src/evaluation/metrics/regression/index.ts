import type { Regressed } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { mae } from './mae.ts';
import { mape } from './mape.ts';
import { r2 } from './r2.ts';
import { rmse } from './rmse.ts';

export const regressionMetrics: readonly Metric<Regressed>[] = [rmse, mae, r2, mape];
