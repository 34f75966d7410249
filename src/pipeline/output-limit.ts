import type { Log } from '../runner/ports.ts';

/** Browsers and GitHub's log viewer give up long before a flood ends. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What is shown of the end of a flood: the error is there. */
const LAST_LINES = 200;
const LAST_LINE_LENGTH = 1000;

/** A log that shows the beginning and the end of what a stage prints. */
export function limited(log: Log): { readonly log: Log; readonly end: () => void } {
  let shown = 0;
  let left = 0;
  const last: string[] = [];
  const output = (line: string) => {
    if (shown < MAX_BYTES) {
      shown += line.length + 1;
      log.output(line);
      if (shown >= MAX_BYTES) log.warning('It prints too much: only the end is shown of the rest');
      return;
    }
    left += 1;
    last.push(line.slice(0, LAST_LINE_LENGTH));
    if (last.length > LAST_LINES) last.shift();
  };
  const end = () => {
    if (left > last.length) log.info(`... ${left - last.length} lines are left out`);
    for (const line of last.splice(0)) log.output(line);
    left = 0;
  };
  return { log: { ...log, output }, end };
}
