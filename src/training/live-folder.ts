import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import type { EpochScores } from './events.ts';
import { metricsOf } from './metrics.ts';

/**
 * A folder in DVCLive's layout, which `dvc metrics` and `dvc plots` read: `metrics.json` with the
 * last values, and one table for each metric under `plots/metrics`, an epoch a line. It is written
 * as training goes on, so that it can be watched.
 */
export class LiveFolder {
  private readonly folder: string | undefined;
  /** Of metrics whose table was begun. */
  private readonly begun = new Set<string>();

  private constructor(folder: string | undefined) {
    this.folder = folder;
  }

  /** Starts anew; without a folder it takes everything and keeps nothing. */
  static async open(base: string, folder: string | undefined): Promise<LiveFolder> {
    if (folder === undefined) return new LiveFolder(undefined);
    const absolute = path.resolve(base, folder);
    try {
      await rm(path.join(absolute, SUMMARY), { force: true });
      for (const group of GROUPS) {
        const tables = path.join(absolute, 'plots', 'metrics', group);
        await rm(tables, { recursive: true, force: true });
        await mkdir(tables, { recursive: true });
      }
    } catch (cause) {
      throw new UserError(`the folder ${folder} cannot be written: ${messageOf(cause)}`, {
        hint: "Set 'live' to a folder that you may write to.",
        place: { file: folder },
        cause,
      });
    }
    return new LiveFolder(absolute);
  }

  add(scores: EpochScores): void {
    if (this.folder === undefined) return;
    const { training, validation } = metricsOf(scores);
    const groups = { train: training, ...(validation && { validation }) };
    for (const [group, metrics] of Object.entries(groups)) {
      for (const [name, value] of Object.entries(metrics)) {
        this.addRow(`${group}/${name}`, name, scores.epoch, value);
      }
    }
    const summary = { step: scores.epoch, ...groups };
    const file = path.join(this.folder, SUMMARY);
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(summary, null, 2)}\n`);
    renameSync(temporary, file);
  }

  private addRow(metric: string, name: string, step: number, value: number): void {
    const file = path.join(this.folder ?? '', 'plots', 'metrics', `${metric}.tsv`);
    if (!this.begun.has(metric)) writeFileSync(file, `step\t${name}\n`);
    this.begun.add(metric);
    appendFileSync(file, `${step}\t${value}\n`);
  }
}

const SUMMARY = 'metrics.json';
const GROUPS = ['train', 'validation'] as const;
