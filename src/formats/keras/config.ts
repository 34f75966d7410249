import { messageOf } from '../../errors.ts';
import { Problems, type Problem } from '../problem.ts';
import { parsePythonJson } from '../python-json.ts';

/** Objects, lists and strings of one configuration: a crafted one can hold one in two bytes. */
const MAX_VALUES = 2_000_000;

/** JSON within strings of JSON: older Keras writes one such level. */
const MAX_EMBEDDED = 4;

/** A class or function that loading the model looks up by name. */
export interface KerasReference {
  /** Such as `config.layers[2].config.function`. */
  readonly path: string;
  readonly kind: 'class' | 'function';
  readonly name: string;
  /** The Python module it is taken from; undefined where the loader decides. */
  readonly module: string | undefined;
  /** `package>name` of a custom object; undefined where there is none. */
  readonly registeredName: string | undefined;
  /** What it is built from. */
  readonly config: unknown;
}

/** A piece of text in the configuration. */
export interface KerasText {
  readonly path: string;
  /** The key it stands under; of a list, the list's. */
  readonly key: string;
  readonly value: string;
}

export interface KerasConfig {
  readonly references: readonly KerasReference[];
  readonly texts: readonly KerasText[];
  readonly problems: readonly Problem[];
}

/** Reads the configuration of a Keras model: `config.json`, `model_config`, Keras metadata. */
export function readKerasConfig(json: string): KerasConfig {
  const problems = new Problems();
  const walk = new Walk(problems);
  let root: unknown;
  try {
    root = parsePythonJson(json);
  } catch (thrown) {
    problems.add('malformed', `the configuration is not JSON: ${messageOf(thrown)}`, 0);
  }
  if (
    problems.list.length === 0 &&
    (typeof root !== 'object' || root === null || Array.isArray(root))
  ) {
    problems.add('malformed', 'the configuration is no object', 0);
  }
  walk.run(root);
  return { references: walk.references, texts: walk.texts, problems: problems.list };
}

interface Pending {
  readonly value: unknown;
  readonly key: string;
  readonly path: string;
  /** How many strings of JSON stand around it. */
  readonly embedded: number;
}

class Walk {
  readonly references: KerasReference[] = [];
  readonly texts: KerasText[] = [];
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** A loop, not recursion: a configuration may nest deeper than the stack. */
  run(root: unknown): void {
    const pending: Pending[] = [{ value: root, key: '', path: '', embedded: 0 }];
    let seen = 0;
    for (let next = pending.pop(); next; next = pending.pop()) {
      seen += 1;
      if (seen > MAX_VALUES) {
        this.#problems.add('limit', `more than ${MAX_VALUES} values in the configuration`, 0);
        return;
      }
      for (const child of this.#visit(next)) pending.push(child);
    }
  }

  #visit({ value, key, path, embedded }: Pending): readonly Pending[] {
    if (typeof value === 'string') return this.#text(value, key, path, embedded);
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) => ({
        value: item,
        key,
        path: shorten(`${path}[${index}]`),
        embedded,
      }));
    }
    if (typeof value !== 'object' || value === null) return [];
    const object = value as Readonly<Record<string, unknown>>;
    this.references.push(...referencesOf(object, path));
    return Object.entries(object).map(([name, item]) => ({
      value: item,
      key: name,
      path: shorten(path ? `${path}.${name}` : name),
      embedded,
    }));
  }

  #text(value: string, key: string, path: string, embedded: number): readonly Pending[] {
    this.texts.push({ path, key, value });
    if (!/^\s*[{[]/.test(value) || embedded >= MAX_EMBEDDED) return [];
    try {
      return [{ value: parsePythonJson(value), key, path, embedded: embedded + 1 }];
    } catch {
      // Text that only looks like JSON.
      return [];
    }
  }
}

/** A path grows with the depth: beyond what a person reads, its end is enough. */
const MAX_PATH = 200;

function shorten(path: string): string {
  return path.length <= MAX_PATH ? path : `…${path.slice(1 - MAX_PATH)}`;
}

type Fields = Readonly<Record<string, unknown>>;

function referencesOf(object: Fields, path: string): KerasReference[] {
  const { class_name: className, config } = object;
  if (typeof className !== 'string') return namedFunctions(object, path);
  const isFunction = className === 'function' && typeof config === 'string';
  return [
    {
      path,
      kind: isFunction ? 'function' : 'class',
      name: isFunction ? config : className,
      module: textOf(object.module),
      registeredName: textOf(object.registered_name),
      config,
    },
  ];
}

/**
 * Keras 2 puts the functions of a Lambda layer beside their module:
 * `{"function": "name", "function_type": "function", "module": "package"}`.
 */
function namedFunctions(object: Fields, path: string): KerasReference[] {
  const found: KerasReference[] = [];
  for (const key of ['function', 'output_shape', 'mask']) {
    const name = object[key];
    if (object[`${key}_type`] !== 'function' || typeof name !== 'string') continue;
    const module = textOf(object[key === 'function' ? 'module' : `${key}_module`]);
    found.push({
      path: `${path}.${key}`,
      kind: 'function',
      name,
      module,
      registeredName: undefined,
      config: undefined,
    });
  }
  return found;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
