/**
 * The metrics of each task by the names that gates use. src/evaluation/metrics has the file of each,
 * and the compiler holds both to one another.
 */
export const TASK_METRICS = {
  classification: [
    'accuracy',
    'macro-f1',
    'log-loss',
    'balanced-accuracy',
    'top-3-accuracy',
    'top-5-accuracy',
    'top-10-accuracy',
    'precision',
    'recall',
    'f1',
    'macro-precision',
    'macro-recall',
    'weighted-precision',
    'weighted-recall',
    'weighted-f1',
    'micro-f1',
    'matthews',
    'roc-auc',
    'pr-auc',
    'brier',
    'calibration-error',
  ],
  multilabel: [
    'micro-f1',
    'macro-f1',
    'weighted-f1',
    'samples-f1',
    'micro-precision',
    'macro-precision',
    'weighted-precision',
    'micro-recall',
    'macro-recall',
    'weighted-recall',
    'subset-accuracy',
    'hamming-loss',
    'ranking-precision',
    'roc-auc',
    'pr-auc',
  ],
  regression: ['rmse', 'mae', 'r2', 'mape'],
  'token-classification': ['entity-f1', 'entity-precision', 'entity-recall', 'token-accuracy'],
  'object-detection': [
    'map',
    'map-50',
    'map-75',
    'map-small',
    'map-medium',
    'map-large',
    'mar-1',
    'mar-10',
    'mar-100',
    'mar-small',
    'mar-medium',
    'mar-large',
  ],
  embeddings: ['recall-at-1', 'recall-at-5', 'recall-at-10', 'mrr', 'ndcg-at-10'],
  retrieval: ['recall-at-1', 'recall-at-5', 'recall-at-10', 'mrr', 'ndcg-at-10'],
  'language-model': ['perplexity', 'token-accuracy'],
} as const;

export type TaskName = keyof typeof TASK_METRICS;

/** Figures of how well a model answers. */
export type QualityMetric = (typeof TASK_METRICS)[TaskName][number];

export const TASK_NAMES = Object.keys(TASK_METRICS) as TaskName[];

/** Of all tasks together, each once. */
export const QUALITY_METRICS: readonly QualityMetric[] = [
  ...new Set<QualityMetric>(Object.values(TASK_METRICS).flat()),
];
