import type { Place } from '../../errors.ts';

/** What is not as it should be with a data set. An error makes an evaluation on it worthless. */
export interface DataFinding {
  readonly check: 'schema' | 'nulls' | 'ranges' | 'duplicates' | 'balance' | 'leakage' | 'drift';
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly place: Place;
}
