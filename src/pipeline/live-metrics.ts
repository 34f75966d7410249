import type { Stage } from '../project/pipeline-file.ts';
import type { Log } from '../runner/ports.ts';
import { lastValues, runningSeries } from './series.ts';

/** Often enough for a person, seldom enough for a log. */
const LOOK_MS = 10_000;

/** Runs `work` and tells now and then, and at its end, what the stage has written into its metrics. */
export async function tellingMetrics<T>(
  workspace: string,
  stage: Stage,
  log: Log,
  work: () => Promise<T>,
): Promise<T> {
  let told = await valuesOf(workspace, stage);
  const look = async () => {
    const values = await valuesOf(workspace, stage);
    if (values !== undefined && values !== told) log.info(values);
    told = values;
  };
  const looks = setInterval(() => void look(), LOOK_MS);
  try {
    return await work();
  } finally {
    clearInterval(looks);
    await look();
  }
}

async function valuesOf(workspace: string, stage: Stage): Promise<string | undefined> {
  // A file that is being written may be anything at this moment.
  const series = await runningSeries(workspace, stage).catch(() => []);
  return lastValues(series);
}
