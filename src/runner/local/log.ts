import pc from 'picocolors';
import { stripVTControlCharacters } from 'node:util';
import type { Place } from '../../errors.ts';
import type { Log } from '../ports.ts';

const PROGRESS_INTERVAL_MS = 100;

/** Writes to stderr, so that stdout holds the report alone. */
export function terminalLog({ quiet }: { readonly quiet: boolean }): Log {
  const live = process.stderr.isTTY && !quiet;
  let lastProgress = 0;
  let lineOpen = false;
  const write = (text: string) => {
    if (lineOpen) process.stderr.write('\r\u001b[K');
    lineOpen = false;
    process.stderr.write(`${text}\n`);
  };
  const say = (text: string) => {
    if (!quiet) write(text);
  };
  return {
    debug: (message) => {
      if (process.env.MODEL_CI_DEBUG) write(pc.dim(clean(message)));
    },
    info: (message) => {
      say(clean(message));
    },
    notice: (message, place) => {
      say(`${pc.cyan('note')} ${at(place)}${clean(message)}`);
    },
    warning: (message, place) => {
      write(`${pc.yellow('warning')} ${at(place)}${clean(message)}`);
    },
    error: (message, place) => {
      write(`${pc.red('error')} ${at(place)}${clean(message)}`);
    },
    output: (line) => {
      say(`  ${pc.dim(clean(line))}`);
    },
    async group(title, body) {
      say(pc.bold(clean(title)));
      return body();
    },
    progress(task, done, total, note) {
      const now = Date.now();
      if (!live || (done < total && now - lastProgress < PROGRESS_INTERVAL_MS)) return;
      lastProgress = now;
      const line = `${bar(done / Math.max(total, 1))} ${clean(task)}${note ? ` ${pc.dim(clean(note))}` : ''}`;
      process.stderr.write(`\r\u001b[K${line}`);
      lineOpen = true;
      if (done >= total) write(line);
    },
  };
}

/** Text from files may carry escape sequences that move the cursor or rename the window. */
function clean(text: string): string {
  // \p{Cc} is every control character; tab and newline stay.
  return stripVTControlCharacters(text).replace(/(?![\t\n])\p{Cc}/gu, '');
}

function at(place: Place | undefined): string {
  if (!place) return '';
  const line = place.line === undefined ? '' : `:${place.line}`;
  return pc.underline(clean(place.file) + line) + ' ';
}

function bar(share: number): string {
  const width = 20;
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(width - filled));
}
