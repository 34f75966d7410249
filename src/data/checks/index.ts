import { UserError, type Place } from '../../errors.ts';
import type { ColumnRule, DataChecks } from '../../project/data-checks.ts';
import type { DataSource, InputDescription } from '../../project/data-description.ts';
import { openDataSet } from '../data-set.ts';
import { openInputs } from '../inputs/index.ts';
import { categoryStability, kolmogorovSmirnov, numberStability } from './drift.ts';
import { ColumnProfile, rowHash } from './profile.ts';

/** Population stability: below the first nothing moved, above the second much did (Siddiqi 2006). */
const SOME_DRIFT = 0.1;
const MUCH_DRIFT = 0.25;

/** A class that is rarer says little about how well it is told. */
const RARE_CLASS = 0.01;

const BATCH = 4096;

/** What is not as it should be with a data set. An error makes an evaluation on it worthless. */
export interface DataFinding {
  readonly check: 'schema' | 'nulls' | 'ranges' | 'duplicates' | 'balance' | 'leakage' | 'drift';
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly place: Place;
}

export interface CheckedData {
  readonly source: DataSource;
  readonly inputs: Readonly<Record<string, InputDescription>>;
  /** The column of the labels, where one class for each example stands in it. */
  readonly labels: string | undefined;
  readonly checks: DataChecks;
}

/** What was read of a data set, in one pass. */
interface Read {
  readonly file: string;
  readonly rows: number;
  readonly profiles: ReadonlyMap<string, ColumnProfile>;
  /** Of the columns that the model's inputs are made of -> how many rows have it. */
  readonly hashes: ReadonlyMap<string, number>;
}

/**
 * Checks the data of an evaluation, worst findings first.
 * @throws UserError where a data set cannot be read.
 */
export async function checkData(folder: string, data: CheckedData): Promise<DataFinding[]> {
  const { train, reference, columns } = data.checks;
  const test = await read(folder, data.source, data.inputs);
  const others = {
    train: train === undefined ? undefined : await read(folder, train, data.inputs),
    reference: reference === undefined ? undefined : await read(folder, reference, data.inputs),
  };
  const findings = [
    ...Object.entries(columns).flatMap(([name, rule]) => checkColumn(test, name, rule)),
    ...checkDuplicates(test),
    ...(data.labels === undefined ? [] : checkBalance(test, data.labels)),
    ...(others.train ? checkLeakage(test, others.train) : []),
    ...(others.reference ? checkDrift(test, others.reference) : []),
  ];
  const rank = { error: 0, warning: 1, info: 2 };
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

async function read(
  folder: string,
  source: DataSource,
  inputs: CheckedData['inputs'],
): Promise<Read> {
  const { file, names } = await openDataSet(folder, { source, inputs: {} });
  const prepared = await openInputs(folder, file, inputs);
  const hashed = [...new Set([...prepared.values()].flatMap(({ columns }) => columns))];
  const missing = hashed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(`${file} has no column or array '${missing.join("', '")}'`, {
      hint: 'Train and reference data have the columns of the test set.',
      place: { file },
    });
  }
  const whole = await openDataSet(folder, { source, inputs: {}, columns: names });
  const profiles = new Map(names.map((name) => [name, new ColumnProfile(name)]));
  const hashes = new Map<string, number>();
  let rows = 0;
  for await (const { columns, count } of whole.batches(BATCH)) {
    for (const [name, column] of columns) profiles.get(name)?.add(column);
    const parts = hashed.map((name) => columns.get(name)).filter((column) => column !== undefined);
    for (let row = 0; row < count; row++) {
      const hash = rowHash(parts, row);
      hashes.set(hash, (hashes.get(hash) ?? 0) + 1);
    }
    rows += count;
  }
  return { file, rows, profiles, hashes };
}

function checkColumn(
  { file, profiles }: Read,
  name: string,
  { type, nulls, min, max }: ColumnRule,
): DataFinding[] {
  const place = { file };
  const profile = profiles.get(name);
  const error = (check: DataFinding['check'], message: string): DataFinding => ({
    check,
    severity: 'error',
    message: `column '${name}' ${message}`,
    place,
  });
  if (!profile) return [error('schema', 'is not there')];
  const findings: DataFinding[] = [];
  if (type !== undefined && profile.kind !== 'nothing' && profile.kind !== type) {
    findings.push(error('schema', `holds ${profile.kind}, and should hold ${type}`));
  }
  const share = profile.nulls / Math.max(1, profile.count);
  if (nulls !== undefined && share > nulls) {
    findings.push(
      error(
        'nulls',
        `has no value in ${percent(share)} of the rows; at most ${percent(nulls)} may`,
      ),
    );
  }
  const isBounded = min !== undefined || max !== undefined;
  if (isBounded && profile.kind !== 'numbers') {
    findings.push(error('ranges', `holds ${profile.kind}, and only numbers can keep a range`));
  }
  if (min !== undefined && profile.min < min) {
    findings.push(error('ranges', `goes down to ${profile.min}; the lowest that may be is ${min}`));
  }
  if (max !== undefined && profile.max > max) {
    findings.push(error('ranges', `goes up to ${profile.max}; the highest that may be is ${max}`));
  }
  return findings;
}

function checkDuplicates({ file, rows, hashes }: Read): DataFinding[] {
  const repeated = rows - hashes.size;
  if (repeated === 0) return [];
  const message = `${repeated} of ${rows} examples are given to the model more than once (${percent(repeated / rows)}): they count more than others`;
  return [{ check: 'duplicates', severity: 'warning', message, place: { file } }];
}

function checkBalance({ file, rows, profiles }: Read, labels: string): DataFinding[] {
  const classes = profiles.get(labels)?.categories;
  if (!classes) return [];
  const balance = (message: string): DataFinding => ({
    check: 'balance',
    severity: 'warning',
    message,
    place: { file },
  });
  const [only] = classes.keys();
  if (classes.size === 1) return [balance(`every example is of class '${String(only)}'`)];
  return [...classes]
    .filter(([, count]) => count < RARE_CLASS * rows)
    .map(([name, count]) => balance(`class '${name}' has ${count} of ${rows} examples`));
}

function checkLeakage(test: Read, train: Read): DataFinding[] {
  let leaked = 0;
  for (const [hash, count] of test.hashes) if (train.hashes.has(hash)) leaked += count;
  if (leaked === 0) return [];
  const message = `${leaked} of ${test.rows} examples (${percent(leaked / test.rows)}) are in ${train.file}, which the model was trained with`;
  return [{ check: 'leakage', severity: 'error', message, place: { file: test.file } }];
}

function checkDrift(test: Read, reference: Read): DataFinding[] {
  const place = { file: test.file };
  return [...reference.profiles].flatMap(([name, before]): DataFinding[] => {
    const now = test.profiles.get(name);
    if (!now) {
      const message = `column '${name}' of ${reference.file} is not there`;
      return [{ check: 'schema', severity: 'error', message, place }];
    }
    if (now.kind === 'nothing' || before.kind === 'nothing') return [];
    if (now.kind !== before.kind) {
      const message = `column '${name}' holds ${now.kind}, and in ${reference.file} ${before.kind}`;
      return [{ check: 'schema', severity: 'error', message, place }];
    }
    const moved = driftOf(now, before);
    if (!moved || moved.index < SOME_DRIFT) return [];
    const severity = moved.index < MUCH_DRIFT ? 'info' : 'warning';
    const message = `column '${name}' has drifted from ${reference.file}: stability index ${moved.index.toFixed(2)}${moved.more}`;
    return [{ check: 'drift', severity, message, place }];
  });
}

function driftOf(now: ColumnProfile, before: ColumnProfile) {
  if (now.kind === 'numbers') {
    const [ours, theirs] = [now.sample, before.sample];
    const { statistic, chance } = kolmogorovSmirnov(ours, theirs);
    const odds = chance < 0.0001 ? 'less than 0.0001' : chance.toFixed(4);
    const more = `, Kolmogorov-Smirnov ${statistic.toFixed(3)} (by chance: ${odds})`;
    return { index: numberStability(ours, theirs), more };
  }
  const [ours, theirs] = [now.categories, before.categories];
  return ours && theirs && { index: categoryStability(ours, theirs), more: '' };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`;
}
