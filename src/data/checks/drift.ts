import type { ColumnProfile } from './column-profile.ts';
import type { DataFinding } from './finding.ts';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts';
import type { DataProfile } from './profile.ts';
import { binStability, categoryStability, numberStability, type Stability } from './stability.ts';

/** Population stability: below the first nothing moved, above the second much did (Siddiqi 2006). */
const SOME_DRIFT = 0.1;
const MUCH_DRIFT = 0.25;

/** How one aspect of a column stands to the reference. */
interface Aspect extends Stability {
  /** Of what the index is, beside the column's values as they are. */
  readonly of: string;
  readonly more: string;
}

/**
 * Compares each column with the reference's. What cannot be compared is said, since a reader takes a
 * column without a finding for one that has not moved.
 */
export function checkDrift(test: DataProfile, reference: DataProfile): DataFinding[] {
  const place = { file: test.file };
  const drift = (severity: DataFinding['severity'], message: string): DataFinding => ({
    check: 'drift',
    severity,
    message,
    place,
  });
  const schema = (message: string): DataFinding => ({
    check: 'schema',
    severity: 'error',
    message,
    place,
  });
  const unknown = [...test.columns.keys()]
    .filter((name) => !reference.columns.has(name))
    .map((name) => drift('info', `column '${name}' was not compared: ${reference.file} has none`));
  const compared = [...reference.columns].flatMap(([name, before]): DataFinding[] => {
    const now = test.columns.get(name);
    if (!now) return [schema(`column '${name}' of ${reference.file} is not there`)];
    if (!areOfOneKind(now, before)) {
      return [
        schema(`column '${name}' holds ${now.kind}, and in ${reference.file} ${before.kind}`),
      ];
    }
    const why = whyNotCompared(now, before);
    if (why !== undefined) return [drift('info', `column '${name}' was not compared: ${why}`)];
    return aspects(now, before).flatMap((aspect) => {
      const severity = severityOf(aspect);
      return severity ? drift(severity, sentence(name, aspect, reference.file)) : [];
    });
  });
  return [...compared, ...unknown];
}

function areOfOneKind(now: ColumnProfile, before: ColumnProfile): boolean {
  return now.kind === before.kind || now.kind === 'nothing' || before.kind === 'nothing';
}

function whyNotCompared(now: ColumnProfile, before: ColumnProfile): string | undefined {
  if (now.kind === 'nothing') return 'it has no values';
  if (before.kind === 'nothing') return 'the reference has no values of it';
  if (now.kind === 'files') return 'it holds files';
  return now.kind === 'values' ? 'it holds lists or objects' : undefined;
}

function aspects(now: ColumnProfile, before: ColumnProfile): Aspect[] {
  if (now.kind === 'numbers') return [numbersAspect('', now.sample, before.sample)];
  if (now.kind === 'arrays') {
    return [numbersAspect(' of the means of its arrays', now.sample, before.sample)];
  }
  const [ours, theirs] = [now.categories, before.categories];
  if (ours && theirs && now.isCategorical && before.isCategorical) {
    return [{ of: '', more: '', ...categoryStability(ours, theirs) }];
  }
  const [texts, others] = [now.texts, before.texts];
  // Words of one text come together: only its texts are independent of each other.
  const sizes = [texts.count, others.count] as const;
  return [
    numbersAspect(' of the lengths of its texts', texts.lengths(), others.lengths()),
    { of: ' of its words', more: '', ...binStability(texts.words(), others.words(), sizes) },
  ];
}

function numbersAspect(of: string, ours: Float64Array, theirs: Float64Array): Aspect {
  const { statistic, chance } = kolmogorovSmirnov(ours, theirs);
  const odds = chance < 0.0001 ? 'less than 0.0001' : chance.toFixed(4);
  const more = `, Kolmogorov-Smirnov ${statistic.toFixed(3)} (by chance: ${odds})`;
  return { of, more, ...numberStability(ours, theirs) };
}

function severityOf({ index, beyondChance }: Stability): DataFinding['severity'] | undefined {
  if (index < SOME_DRIFT) return undefined;
  if (index >= MUCH_DRIFT) return beyondChance ? 'warning' : 'info';
  return beyondChance ? 'info' : undefined;
}

function sentence(name: string, { index, beyondChance, of, more }: Aspect, file: string): string {
  const figures = `stability index ${index.toFixed(2)}${of}${more}`;
  return beyondChance
    ? `column '${name}' has drifted from ${file}: ${figures}`
    : `column '${name}' may have drifted from ${file}, and the examples are too few to tell: ${figures}`;
}
