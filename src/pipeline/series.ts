import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { inWorkspace, type Stage } from '../project/pipeline-file.ts';

/** A value by step, as a stage wrote it. */
export interface Series {
  /** `train/loss`. */
  readonly name: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

/** What a person would look at; larger files are data. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 64;
const MAX_SERIES = 24;
/** What a line of a log has room for. */
const MAX_TOLD = 8;
const STEPS = ['step', 'epoch', 'iteration'];

/**
 * The curves that stages wrote into their metrics and plots: CSV, TSV (DVCLive has a file for each
 * metric) and JSON lines, with a row for each step. Files that hold none are passed over.
 */
export async function seriesOf(
  workspace: string,
  stages: readonly Stage[],
): Promise<readonly Series[]> {
  const found: Series[] = [];
  for (const stage of stages) {
    for (const out of stage.outs) {
      for (const file of await filesOf(workspace, inWorkspace(stage, out.path))) {
        const text = await readSmall(path.join(workspace, file));
        if (text !== undefined) found.push(...seriesIn(file, text));
        if (found.length >= MAX_SERIES) return found.slice(0, MAX_SERIES);
      }
    }
  }
  return found;
}

/** The series of one file that a chart can show. */
export function seriesIn(file: string, text: string): readonly Series[] {
  return pointsIn(file, text).filter(({ points }) => points.length > 1);
}

/** The series of one file, also those of a single value. */
export function pointsIn(file: string, text: string): readonly Series[] {
  const rows = rowsOf(file, text);
  const columns = Object.keys(rows[0] ?? {});
  const steps = columns.find((column) => STEPS.includes(column.toLowerCase()));
  const folder = path.posix.basename(path.posix.dirname(file));
  return columns
    .filter((column) => column !== steps && !/^(timestamp|time)$/i.test(column))
    .map((column) => ({
      name: file.endsWith('.tsv') ? `${folder}/${column}` : column,
      points: rows
        .map((row, index) => ({
          step: steps === undefined ? index : Number(row[steps]),
          value: numberOf(row[column]),
        }))
        .filter(({ step, value }) => Number.isFinite(step) && Number.isFinite(value)),
    }))
    .filter(({ points }) => points.length > 0);
}

/** The newest values in one line, such as `step 3: train/loss 0.25, acc 0.9`. */
export function lastValues(series: readonly Series[]): string | undefined {
  const last = new Map(series.map(({ name, points }) => [name, points.at(-1)]));
  const values = Array.from(last, ([name, point]) =>
    point ? `${name} ${Number(point.value.toPrecision(4))}` : [],
  ).flat();
  if (values.length === 0) return undefined;
  const step = Math.max(...Array.from(last.values(), (point) => point?.step ?? 0));
  return `step ${step}: ${values.slice(0, MAX_TOLD).join(', ')}`;
}

/**
 * The series that a running stage writes: of its metrics and plots, of files that are nothing else,
 * and of DVCLive's folder.
 */
export async function runningSeries(workspace: string, stage: Stage): Promise<readonly Series[]> {
  const outs = stage.outs.filter(
    ({ path: file, kind }) =>
      kind !== 'out' || isCurve(file) || path.posix.basename(file) === 'dvclive',
  );
  const found: Series[] = [];
  for (const out of outs) {
    const file = inWorkspace(stage, out.path);
    const files = file.endsWith('.json') ? [file] : await filesOf(workspace, file);
    for (const one of files) {
      const text = await readSmall(path.join(workspace, one));
      if (text !== undefined) found.push(...pointsIn(one, text));
    }
  }
  return found;
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf(file: string, text: string): readonly Row[] {
  if (file.endsWith('.json')) return [flat(objectOf(text) ?? {})];
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (/\.(jsonl|ndjson)$/.test(file)) return lines.map(objectOf).filter((row) => row !== undefined);
  const separator = file.endsWith('.tsv') ? '\t' : ',';
  const [head, ...rest] = lines.map((line) => line.split(separator).map((cell) => cell.trim()));
  return rest.map((cells) =>
    Object.fromEntries((head ?? []).map((name, index) => [name, cells[index]])),
  );
}

/** DVCLive's metrics.json has a mapping for each part of a name. */
function flat(row: Row, prefix = ''): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([key, value]) => {
      const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
      return isMapping
        ? Object.entries(flat(value as Row, `${prefix}${key}/`))
        : [[prefix + key, value]];
    }),
  );
}

/** A line that a stage has not written to its end is no row yet. */
function objectOf(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Row) : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
}

function isCurve(file: string): boolean {
  return /\.(csv|tsv|jsonl|ndjson)$/.test(file);
}

async function filesOf(workspace: string, file: string): Promise<readonly string[]> {
  if (isCurve(file)) return [file];
  const inside = await readdir(path.join(workspace, file), { recursive: true }).catch(() => []);
  return inside
    .filter(isCurve)
    .toSorted()
    .slice(0, MAX_FILES)
    .map((name) => path.posix.join(file, name.split(path.sep).join('/')));
}

async function readSmall(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    return size > MAX_BYTES ? undefined : await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
