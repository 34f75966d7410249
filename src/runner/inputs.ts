import { UserError } from '../errors.ts';

/** One input of a use case: the contract that action.yml, `--help` and the README print. */
export interface Input<T> {
  readonly description: string;
  /** As written in action.yml. Undefined: the input is empty unless given. */
  readonly default?: string;
  readonly required?: boolean;
  /**
   * At a terminal: `switch` takes no value, `list` may be repeated; `workflow` and `secret` are not
   * offered. On a runner what is `secret` is masked in every log.
   */
  readonly shape: 'value' | 'switch' | 'list' | 'workflow' | 'secret';
  /** What `--help` shows for the value. */
  readonly hint?: string;
  /** Names files: at a terminal it is relative to the folder one stands in. */
  readonly isPath?: true;
  /** `text` is never undefined; an input that was not given is the empty string. */
  parse(text: string, name: string): T;
}

// `any` lets a record of differently typed inputs satisfy the constraint.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type InputSpecs = Readonly<Record<string, Input<any>>>;
export type InputValues<S extends InputSpecs> = {
  readonly [K in keyof S]: S[K] extends Input<infer T> ? T : never;
};

export function text(description: string, fallback: string, hint = 'TEXT'): Input<string> {
  return { description, default: fallback, shape: 'value', hint, parse: (given) => given };
}

export function optionalText(description: string, hint = 'TEXT'): Input<string | undefined> {
  return { description, shape: 'value', hint, parse: (given) => given || undefined };
}

export function requiredText(description: string, hint = 'TEXT'): Input<string> {
  return {
    description,
    required: true,
    shape: 'value',
    hint,
    parse(given, name) {
      if (given) return given;
      throw new UserError(`input '${name}' is missing`, { hint: `Give '${name}': ${description}` });
    },
  };
}

/** An input that names a file or a folder (each line of it does). */
export function onDisk<T>(input: Input<T>): Input<T> {
  return { ...input, isPath: true };
}

/** One entry a line; blank lines are dropped. */
export function lines(description: string, fallback = '', hint = 'TEXT'): Input<readonly string[]> {
  return {
    description,
    ...(fallback && { default: fallback }),
    shape: 'list',
    hint,
    parse: (given) =>
      given
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean),
  };
}

export function choice<const T extends string>(
  description: string,
  values: readonly T[],
  fallback: NoInfer<T>,
): Input<T> {
  return {
    description,
    default: fallback,
    shape: 'value',
    hint: values.join('|'),
    parse(given, name) {
      const found = values.find((value) => value === given);
      if (found !== undefined) return found;
      throw new UserError(`input '${name}' is '${given}'`, {
        hint: `Use one of: ${values.join(', ')}.`,
      });
    },
  };
}

export function flag(description: string, fallback = false): Input<boolean> {
  return {
    description,
    default: String(fallback),
    shape: 'switch',
    parse(given, name) {
      // YAML 1.2 core schema, as the toolkit's getBooleanInput reads it.
      if (/^(true|True|TRUE)$/.test(given)) return true;
      if (/^(false|False|FALSE)$/.test(given)) return false;
      throw new UserError(`input '${name}' is '${given}'`, { hint: 'Use true or false.' });
    },
  };
}

export function integer(
  description: string,
  range: { readonly min: number; readonly max: number },
  fallback: number,
): Input<number> {
  return {
    description,
    default: String(fallback),
    shape: 'value',
    hint: 'N',
    parse(given, name) {
      const value = Number(given);
      if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
      throw new UserError(`input '${name}' is '${given}'`, {
        hint: `Use a whole number from ${range.min} to ${range.max}.`,
      });
    },
  };
}

/**
 * Reads every input of `specs` from `given` (name -> text).
 * @throws UserError for a name that is not in `specs`, and for a value that does not parse.
 */
export function readInputs<S extends InputSpecs>(
  specs: S,
  given: ReadonlyMap<string, string>,
): InputValues<S> {
  const names = Object.keys(specs);
  for (const name of given.keys()) {
    if (names.includes(name)) continue;
    throw new UserError(`there is no input '${name}'`, {
      hint: `The inputs are: ${names.join(', ')}.`,
    });
  }
  const values = Object.entries(specs).map(([name, spec]): [string, unknown] => [
    name,
    spec.parse(given.get(name) ?? spec.default ?? '', name),
  ]);
  return Object.fromEntries(values) as InputValues<S>;
}

/** Whether a command line has it: a secret there would stand in every list of processes. */
export function isOffered({ shape }: Input<unknown>): boolean {
  return shape !== 'workflow' && shape !== 'secret';
}

/** What only a workflow has to say, such as the name that goes with a secret. */
export function workflowText(description: string): Input<string | undefined> {
  return { description, shape: 'workflow', parse: (given) => given || undefined };
}

/** A credential that a workflow may hand over. */
export function optionalSecret(description: string): Input<string | undefined> {
  return { description, shape: 'secret', parse: (given) => given || undefined };
}

/** A credential that the workflow hands over by default, as an expression such as `github.token`. */
export function secret(description: string, expression: string): Input<string> {
  return {
    description,
    default: `\${{ ${expression} }}`,
    shape: 'secret',
    parse: (given) => given,
  };
}
