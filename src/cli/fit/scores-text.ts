import type { EpochScores, Scores } from '../../training/events.ts';

/** `loss 0.1234, accuracy 97.12 %` */
export function scoresText({ loss, accuracy }: Scores): string {
  const text = `loss ${loss.toPrecision(4)}`;
  return accuracy === undefined ? text : `${text}, accuracy ${percent(accuracy)}`;
}

/** The scores of an epoch, with those on the examples that are held out. */
export function epochText(scores: EpochScores): string {
  const { validation } = scores;
  return validation
    ? `${scoresText(scores)}; held out: ${scoresText(validation)}`
    : scoresText(scores);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
