export const SCHEDULES = ['constant', 'cosine', 'linear'] as const;

/** How the learning rate goes over a run. */
export interface Schedule {
  readonly name: (typeof SCHEDULES)[number];
  /** Over this share of the steps it rises from zero. */
  readonly warmUp: number;
  /** What it ends with, as a share of the learning rate. */
  readonly final: number;
}

/**
 * The share of the learning rate at a step: up in a line, then constant, down in a line, or down
 * the half wave of a cosine (Loshchilov and Hutter, "SGDR", 2017).
 * @param step counted from 1
 */
export function scheduleAt({ name, warmUp, final }: Schedule, step: number, steps: number): number {
  const rising = Math.round(warmUp * steps);
  if (step <= rising) return step / rising;
  const done = (step - rising) / Math.max(steps - rising, 1);
  switch (name) {
    case 'constant':
      return 1;
    case 'linear':
      return 1 + (final - 1) * done;
    case 'cosine':
      return final + ((1 - final) * (1 + Math.cos(Math.PI * done))) / 2;
  }
}
