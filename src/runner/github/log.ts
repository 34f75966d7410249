import * as core from '@actions/core';
import { stripVTControlCharacters } from 'node:util';
import type { Place } from '../../errors.ts';
import type { Log } from '../ports.ts';

/** A log has no cursor to move back: one line in ten seconds tells enough. */
const PROGRESS_INTERVAL_MS = 10_000;

/** Writes to the job's log. The toolkit escapes its own commands; child output is disarmed here. */
export function githubLog(): Log {
  let lastProgress = 0;
  return {
    debug: (message) => {
      core.debug(message);
    },
    info: (message) => {
      writeLines(message);
    },
    notice: (message, place) => {
      core.notice(message, annotationProperties(place));
    },
    warning: (message, place) => {
      core.warning(message, annotationProperties(place));
    },
    error: (message, place) => {
      core.error(message, annotationProperties(place));
    },
    output: writeLines,
    group: (title, body) =>
      core.group(stripVTControlCharacters(title).replace(/[\r\n]+/g, ' '), body),
    progress(task, done, total, note) {
      const now = Date.now();
      if (done < total && now - lastProgress < PROGRESS_INTERVAL_MS) return;
      lastProgress = now;
      writeLines(`${task}: ${done}/${total}${note ? ` (${note})` : ''}`);
    },
  };
}

export function annotationProperties(place: Place | undefined): core.AnnotationProperties {
  return {
    ...(place && { file: place.file }),
    ...(place?.line !== undefined && { startLine: place.line }),
    ...(place?.column !== undefined && { startColumn: place.column }),
  };
}

function writeLines(message: string): void {
  for (const line of message.split(/\r\n|\r|\n/)) core.info(disarm(line));
}

/**
 * The runner obeys `::command::` at the start of a line, after any white space of .NET (U+0085 is
 * some there, and none in JavaScript), and `##[command]` anywhere in it. A zero-width space leaves
 * the text readable and takes the meaning away.
 */
export function disarm(line: string): string {
  return line.replace(/^([\s\u0085]*)::/, '$1\u200b::').replaceAll('##[', '##\u200b[');
}
