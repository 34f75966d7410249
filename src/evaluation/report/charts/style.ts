/** As wide as the page's cards. */
export const WIDTH = 900;

/** Room for the names of classes on the left. */
export const NAMES = 90;

/** The page's own colours, so that charts follow the reader's light or dark setting. */
export const COLOURS = {
  good: 'var(--good)',
  bad: 'var(--bad)',
  warn: 'var(--warn)',
  candidate: 'var(--accent)',
  baseline: 'var(--second)',
} as const;

/** More classes than this cannot be told apart in a chart; the tables have them. */
export const CLASSES_IN_CHART = 100;
