/**
 * Jobs at once on the cache of one machine, with eviction under way.
 * tsx bench/pipeline/machine-cache.ts [PROCESSES] [ROUNDS] [LIMIT_MB] [SEED]
 */
import { jobsAtOnce } from '../../__tests__/store/machine-cache/jobs.ts';

const [processes = '8', rounds = '50', limit = '12', seed = '1'] = process.argv.slice(2);
const start = performance.now();
const trial = await jobsAtOnce(
  Number(processes),
  Number(rounds),
  Number(limit) * 1e6,
  Number(seed),
);
const seconds = Math.round((performance.now() - start) / 1000);
const sound =
  trial.total.corrupt + trial.total.lost + trial.total.evicted === 0 && trial.peak <= trial.limit;
console.log(
  JSON.stringify({
    processes,
    rounds,
    ...trial,
    limitKept: trial.peak <= trial.limit,
    seconds,
    sound,
  }),
);
process.exitCode = sound ? 0 : 1;
