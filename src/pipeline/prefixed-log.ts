import type { Log } from '../runner/ports.ts';

/** A log whose lines say which of the stages that run at once they come from. */
export function prefixed(log: Log, name: string): Log {
  const mark = (text: string) => text.replace(/^/gm, `[${name}] `);
  return {
    debug: (message) => {
      log.debug(mark(message));
    },
    info: (message) => {
      log.info(mark(message));
    },
    // These name the stage in their text, and stand out by themselves.
    notice: (message, place) => {
      log.notice(message, place);
    },
    warning: (message, place) => {
      log.warning(message, place);
    },
    error: (message, place) => {
      log.error(message, place);
    },
    output: (line) => {
      log.output(mark(line));
    },
    group: (title, body) => {
      log.info(mark(title));
      return body();
    },
    progress: (task, done, total, note) => {
      log.progress(mark(task), done, total, note);
    },
  };
}
