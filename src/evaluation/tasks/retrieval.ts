import { z } from 'zod';
import { retrievalMetrics } from '../metrics/retrieval/index.ts';
import type { Ranked } from '../pairings.ts';
import { checkCount, invalidLabels, invalidRow, isArray, isOutputs } from './rows.ts';
import {
  defineTask,
  noDetails,
  type Labels,
  type RawAnswers,
  type Reading,
  type TaskDefinition,
} from './task.ts';

const id = z.union([z.string(), z.int()]).transform(String);
const relevant = z.union([
  z.array(id).transform((ids) => new Map(ids.map((one) => [one, 1]))),
  z
    .record(z.string(), z.number().nonnegative())
    .transform((grades) => new Map(Object.entries(grades))),
]);
const ranking = z.array(id);

/** What retrieval of every kind has in common once results are graded. */
export const ofRankings: Pick<TaskDefinition<Ranked>, 'metrics' | 'main' | 'details'> = {
  metrics: retrievalMetrics,
  main: ['recall-at-10', 'mrr', 'ndcg-at-10'],
  details: () => noDetails('rankings'),
};

/** Ranked lists of documents against those that are relevant to each query. */
export const retrieval = defineTask<Ranked>({
  ...ofRankings,
  name: 'retrieval',
  title: 'retrieval',
  pair,
});

function pair(labels: Labels, answers: RawAnswers, reading: Reading): Ranked {
  if (isArray(labels) || isOutputs(answers)) {
    throw invalidLabels(
      'retrieval needs documents by name',
      'Labels are a list of documents for each query, or { document: grade }, and a command gives ranked lists; for the vectors of a model, set task: embeddings.',
      reading,
    );
  }
  checkCount(labels.length, answers.length, reading);
  const graded = labels.map((row, query) => {
    const read = relevant.safeParse(row);
    const grades = read.success ? read.data : new Map<string, number>();
    if ([...grades.values()].some((grade) => grade > 0)) return grades;
    throw invalidLabels(
      `query ${query} has no relevant document`,
      'Give a list of documents, or { document: grade }; leave out queries without any.',
      reading,
    );
  });
  const gains = answers.map((row, query) => {
    const read = ranking.safeParse(row);
    if (!read.success) throw invalidRow(query, 'a list of documents, the best first', reading);
    // A document that is listed twice is found once.
    const ids = [...new Set(read.data)];
    return Float64Array.from(ids, (one) => graded[query]?.get(one) ?? 0);
  });
  const ideal = graded.map((grades) =>
    Float64Array.from([...grades.values()].filter((grade) => grade > 0))
      .sort()
      .reverse(),
  );
  return { examples: labels.length, gains, ideal };
}
