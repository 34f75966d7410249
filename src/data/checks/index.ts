import type { ColumnRule, DataChecks } from '../../project/data-checks.ts';
import type { DataSource, InputDescription } from '../../project/data-description.ts';
import { checkDrift } from './drift.ts';
import type { DataFinding } from './finding.ts';
import { profileOf, type DataProfile } from './profile.ts';

/** A class that is rarer says little about how well it is told. */
const RARE_CLASS = 0.01;

export interface CheckedData {
  readonly source: DataSource;
  readonly inputs: Readonly<Record<string, InputDescription>>;
  /** The column of the labels, where one class for each example stands in it. */
  readonly labels: string | undefined;
  readonly checks: DataChecks;
}

/**
 * Checks the data of an evaluation, worst findings first.
 * @throws UserError where a data set cannot be read.
 */
export async function checkData(folder: string, data: CheckedData): Promise<DataFinding[]> {
  const { train, reference, columns } = data.checks;
  const test = await profileOf(folder, data.source, data.inputs);
  const others = {
    train: train === undefined ? undefined : await profileOf(folder, train, data.inputs),
    reference:
      reference === undefined ? undefined : await profileOf(folder, reference, data.inputs),
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

function checkColumn(
  { file, columns }: DataProfile,
  name: string,
  { type, nulls, min, max }: ColumnRule,
): DataFinding[] {
  const place = { file };
  const profile = columns.get(name);
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

function checkDuplicates({ file, rows, hashes }: DataProfile): DataFinding[] {
  const repeated = rows - hashes.size;
  if (repeated === 0) return [];
  const message = `${repeated} of ${rows} examples are given to the model more than once (${percent(repeated / rows)}): they count more than others`;
  return [{ check: 'duplicates', severity: 'warning', message, place: { file } }];
}

function checkBalance({ file, rows, columns }: DataProfile, labels: string): DataFinding[] {
  const classes = columns.get(labels)?.categories;
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

function checkLeakage(test: DataProfile, train: DataProfile): DataFinding[] {
  let leaked = 0;
  for (const [hash, count] of test.hashes) if (train.hashes.has(hash)) leaked += count;
  if (leaked === 0) return [];
  const message = `${leaked} of ${test.rows} examples (${percent(leaked / test.rows)}) are in ${train.file}, which the model was trained with`;
  return [{ check: 'leakage', severity: 'error', message, place: { file: test.file } }];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`;
}
