import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import type { EpochScores } from './events.ts';

/** A file of JSON lines, one an epoch, written as training goes on so that it can be watched. */
export class EpochLog {
  private readonly file: string | undefined;

  private constructor(file: string | undefined) {
    this.file = file;
  }

  /** Starts an empty file; a log without a file takes everything and keeps nothing. */
  static async open(folder: string, file: string | undefined): Promise<EpochLog> {
    if (file === undefined) return new EpochLog(undefined);
    const absolute = path.resolve(folder, file);
    try {
      await mkdir(path.dirname(absolute), { recursive: true });
      await writeFile(absolute, '');
    } catch (cause) {
      throw new UserError(`the log ${file} cannot be written: ${messageOf(cause)}`, {
        hint: "Set 'log' to a file in a folder that you may write to.",
        place: { file },
        cause,
      });
    }
    return new EpochLog(absolute);
  }

  add(scores: EpochScores): void {
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(scores)}\n`);
  }
}
