import type { Scores } from '../../training/events.ts';

/** `loss 0.1234, accuracy 97.12 %` */
export function scoresText({ loss, accuracy }: Scores): string {
  const text = `loss ${loss.toPrecision(4)}`;
  return accuracy === undefined ? text : `${text}, accuracy ${(100 * accuracy).toFixed(2)} %`;
}
