/**
 * SIGKILL and SIGTERM at random moments of a pipeline with checkpoints. Every resumption is in a
 * new folder, as on another runner: only the durable store is shared. The final outs must be those
 * of an undisturbed run, and the work done twice at most one checkpoint interval.
 * After npm run build: tsx bench/pipeline/kill.ts [KILLS] [SEED]
 */
import { killTest } from './kill-test.ts';

const [kills = '200', seed = '1'] = process.argv.slice(2);
const figures = await killTest({ kills: Number(kills), seed: Number(seed), progress: true });
console.log(JSON.stringify(figures, undefined, 2));
const { damaged, repeatedSteps, stepsPerInterval } = figures;
if (damaged > 0 || repeatedSteps.worst > stepsPerInterval) process.exitCode = 1;
