import type { Feeds, RacePlan } from '../inference/protocol.ts';
import type { RunningModel } from '../inference/running-model.ts';

const PLAN: RacePlan = {
  warmUpRounds: 10,
  warmUpMs: 200,
  minRounds: 30,
  maxRounds: 1000,
  budgetMs: 5000,
};

/** A model that is timed. */
export interface Runner extends RunningModel {
  /** What it is given in turn: one example alone would measure a warm branch predictor. */
  readonly feeds: readonly Feeds[];
}

/**
 * Times models in turn, example by example, in the thread of the first, where all of them are, so
 * that whatever else the machine does hits them alike.
 * @returns milliseconds of each round, for each model
 */
export async function race(runners: readonly Runner[]): Promise<readonly Float64Array[]> {
  const [first] = runners;
  if (!first) return [];
  const lanes = runners.map(({ model, feeds }) => ({ model: model.id, feeds }));
  return first.thread.ask({ kind: 'race', lanes, plan: PLAN }, `${first.subject}, timed`);
}
