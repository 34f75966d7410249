import type { EpochScores, Scores } from './events.ts';

/** Loss, and accuracy where labels are classes. */
export type Metrics = Readonly<Record<string, number>>;

/** What files keep of an epoch; the same on every run, so that only a change shows as one. */
export interface EpochMetrics {
  readonly training: Metrics;
  readonly validation: Metrics | undefined;
}

export function metricsOf({ validation, ...training }: EpochScores): EpochMetrics {
  return { training: rounded(training), validation: validation && rounded(validation) };
}

function rounded({ loss, accuracy }: Scores): Metrics {
  const six = (value: number) => Number(value.toPrecision(6));
  return { loss: six(loss), ...(accuracy !== undefined && { accuracy: six(accuracy) }) };
}
