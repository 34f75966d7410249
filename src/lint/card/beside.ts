import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readJson } from '../../formats/json-document.ts';
import { openSource, type Source } from '../../formats/source.ts';
import { codeOf } from '../../errors.ts';

const LICENSE_FILE = /^(?:licen[cs]e|copying)(?:[.-][\w.-]+)?$/i;

/** Files of measured values: of a DVC stage, of the Hugging Face Trainer, of this project. */
const EVALUATION_FILE =
  /^(?:metrics|evaluation|eval|eval_results|test_results|all_results|results|scores)\.json$/i;

/** A licence, a report or a configuration; longer ones are something else. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Values of one report; one with more is no summary. */
const MAX_VALUES = 10_000;

/** What the files beside a card say about what it says. */
export interface Beside {
  readonly licenses: readonly { readonly name: string; readonly text: string }[];
  readonly evaluations: readonly Evaluated[];
  /** `base_model_name_or_path` of the adapter's configuration. */
  readonly adapterBase: string | undefined;
}

/** Numbers of a report, by the name of the metric in lower case, each place of it once. */
export interface Evaluated {
  readonly name: string;
  readonly values: ReadonlyMap<string, readonly number[]>;
}

/** Reads what stands beside a card in its folder; no links are followed. */
export function readBeside(folder: string): Beside {
  const names = filesOf(folder);
  const licenses = [];
  const evaluations: Evaluated[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    if (LICENSE_FILE.test(name)) {
      const text = read(file, (source) => new TextDecoder().decode(source.view(0, source.size)));
      if (text !== undefined) licenses.push({ name, text });
    } else if (EVALUATION_FILE.test(name)) {
      const value = read(file, (source) => readJson(source).value);
      if (value !== undefined) evaluations.push({ name, values: numbersOf(value) });
    }
  }
  return { licenses, evaluations, adapterBase: adapterBase(folder, names) };
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .toSorted();
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return [];
  }
}

function read<T>(file: string, use: (source: Source) => T): T | undefined {
  if ((lstatSync(file, { throwIfNoEntry: false })?.size ?? Infinity) > MAX_BYTES) return undefined;
  try {
    const source = openSource(file);
    try {
      return use(source);
    } finally {
      source.close();
    }
  } catch (thrown) {
    // Unreadable by the user that lints: nothing is said about it here.
    if (codeOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

function adapterBase(folder: string, names: readonly string[]): string | undefined {
  if (!names.includes('adapter_config.json')) return undefined;
  const config = read(path.join(folder, 'adapter_config.json'), (source) => readJson(source).value);
  if (typeof config !== 'object' || config === null) return undefined;
  const base: unknown = Reflect.get(config, 'base_model_name_or_path');
  return typeof base === 'string' ? base : undefined;
}

/** What a report calls the value of the model itself. */
const OWN_VALUE = /^(?:value|candidate|mean|score|overall)$/;

/** Trainers put the data set's part before the metric. */
const PART = /^(?:eval|test|validation|val|predict)[_/]/;

/** The numbers of a report by the last name on their path that says what they are. */
function numbersOf(root: unknown): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const pending: { value: unknown; name: string }[] = [{ value: root, name: '' }];
  for (let seen = 0; seen < MAX_VALUES; seen++) {
    const next = pending.pop();
    if (!next) break;
    const { value, name } = next;
    if (typeof value === 'number' && name !== '') {
      found.set(name, [...(found.get(name) ?? []), value]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        const own = metricName(key);
        pending.push({ value: item, name: OWN_VALUE.test(own) && name !== '' ? name : own });
      }
    }
  }
  return found;
}

/** One spelling for the names of a metric: `eval_Macro-F1` is `macro_f1`. */
export function metricName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
    .replace(PART, '');
}
