import path from 'node:path';
import { UserError } from '../errors.ts';
import { interpolate, isTemplate, TemplateError, textOf, type Context } from './interpolation.ts';
import { TemplateContext } from './template-context.ts';
import { isMapping, plainValue, type Value } from './value.ts';
import type { YamlFile } from './yaml.ts';

/** A stage as `dvc.yaml` has it once its templates are filled in. */
export interface StageDefinition {
  readonly name: string;
  readonly value: unknown;
  /** Where it stands in the file. */
  readonly keys: readonly string[];
}

type Mapping = ReadonlyMap<unknown, Value>;

/** Files that hold more stages than this were multiplied by mistake. */
const MAX_STAGES = 100_000;

/**
 * Expands `vars`, `${}`, `foreach` and `matrix` of a pipeline file that was read exactly.
 * @throws UserError with the place for what cannot be filled in.
 */
export async function stageDefinitions(
  yaml: YamlFile,
  { workspace, defaults }: { readonly workspace: string; readonly defaults: string },
): Promise<readonly StageDefinition[]> {
  const root = isMapping(yaml.value) ? yaml.value : new Map<unknown, Value>();
  const stages = root.get('stages');
  if (!isMapping(stages)) return [];
  const entries = Array.from(stages, ([name, value]) => [textOf(name as Value), value] as const);
  if (!usesTemplates(root)) {
    return entries.map(([name, value]) => definition(name, value, ['stages', name]));
  }
  const context = await at(yaml, ['vars'], async () => {
    const base = await new TemplateContext(workspace).withDefaults(defaults);
    return base.with(listOf(root.get('vars')), '.');
  });
  const found: StageDefinition[] = [];
  for (const [name, value] of entries) {
    found.push(...(await new Definition(yaml, name, context).expand(value)));
    if (found.length > MAX_STAGES) throw tooMany(yaml, name);
  }
  return found;
}

function usesTemplates(root: Mapping): boolean {
  const within = (value: Value): boolean => {
    if (typeof value === 'string') return isTemplate(value);
    if (Array.isArray(value)) return (value as readonly Value[]).some(within);
    if (!isMapping(value)) return false;
    const multiplies = ['foreach', 'matrix', 'vars'].some((key) => value.has(key));
    return (
      multiplies || Array.from(value).some(([key, inner]) => within(key as Value) || within(inner))
    );
  };
  return root.has('vars') || within(root.get('stages') ?? null);
}

/** One entry under `stages`, which may make many stages. */
class Definition {
  readonly #yaml: YamlFile;
  readonly #name: string;
  readonly #context: TemplateContext;
  readonly #keys: readonly string[];

  constructor(yaml: YamlFile, name: string, context: TemplateContext) {
    this.#yaml = yaml;
    this.#name = name;
    this.#context = context;
    this.#keys = ['stages', name];
  }

  async expand(value: Value): Promise<readonly StageDefinition[]> {
    if (!isMapping(value)) return [definition(this.#name, value, this.#keys)];
    if (value.has('foreach') || value.has('do')) return this.#foreach(value);
    const matrix = value.get('matrix');
    if (matrix === undefined) return [await this.#stage(this.#name, value, this.#keys, new Map())];
    const body = new Map(value);
    body.delete('matrix');
    return this.#group(this.#combinations(matrix), body, this.#keys);
  }

  async #foreach(value: Mapping): Promise<readonly StageDefinition[]> {
    const body = value.get('do');
    const extra = Array.from(value.keys()).find((key) => key !== 'foreach' && key !== 'do');
    if (!isMapping(body) || !value.has('foreach') || extra !== undefined) {
      throw this.#error("'foreach' and 'do' stand together and alone", this.#keys);
    }
    const keys = [...this.#keys, 'foreach'];
    const items = await at(this.#yaml, keys, () =>
      interpolate(value.get('foreach') ?? null, this.#context.values, { composite: true }),
    );
    return this.#group(this.#iterations(items), body, [...this.#keys, 'do']);
  }

  /** Name of each stage of the group -> what `item` and `key` are in it. */
  #iterations(items: Value): ReadonlyMap<string, Context> {
    if (isMapping(items)) {
      return new Map(
        Array.from(items, ([key, item]) => {
          const name = textOf(key as Value);
          return [
            name,
            new Map<string, Value>([
              ['item', item],
              ['key', name],
            ]),
          ];
        }),
      );
    }
    if (!Array.isArray(items)) {
      throw this.#error("'foreach' is neither a list nor a mapping", [...this.#keys, 'foreach']);
    }
    const list = items as readonly Value[];
    // A name for each: the value itself, or its place where one of them has no short text.
    const byIndex = list.some(isComposite);
    return new Map(
      list.map((item, index) => [
        byIndex ? String(index) : textOf(item),
        new Map([['item', item]]),
      ]),
    );
  }

  #combinations(given: Value): ReadonlyMap<string, Context> {
    const keys = [...this.#keys, 'matrix'];
    const matrix = interpolate(given, this.#context.values, { composite: true });
    if (!isMapping(matrix)) throw this.#error("'matrix' is no mapping", keys);
    let rows: { readonly names: readonly string[]; readonly item: Mapping }[] = [
      { names: [], item: new Map() },
    ];
    for (const [axis, values] of matrix) {
      if (!Array.isArray(values))
        throw this.#error(`'${String(axis)}' of 'matrix' is no list`, keys);
      if (rows.length * values.length > MAX_STAGES) throw tooMany(this.#yaml, this.#name);
      rows = rows.flatMap(({ names, item }) =>
        (values as readonly Value[]).map((value, index) => ({
          names: [...names, isComposite(value) ? `${String(axis)}${index}` : textOf(value)],
          item: new Map(item).set(axis, value),
        })),
      );
    }
    return new Map(
      rows.map(({ names, item }) => {
        const key = names.join('-');
        return [
          key,
          new Map<string, Value>([
            ['item', item],
            ['key', key],
          ]),
        ];
      }),
    );
  }

  async #group(
    iterations: ReadonlyMap<string, Context>,
    body: Mapping,
    keys: readonly string[],
  ): Promise<readonly StageDefinition[]> {
    const stages: StageDefinition[] = [];
    for (const [key, values] of iterations) {
      stages.push(await this.#stage(`${this.#name}@${key}`, body, keys, values));
    }
    return stages;
  }

  async #stage(
    name: string,
    body: Mapping,
    keys: readonly string[],
    values: Context,
  ): Promise<StageDefinition> {
    return at(this.#yaml, keys, async () => {
      const fill = (value: Value, context: Context, command = false) =>
        interpolate(value, context, { command });
      const folder = fill(body.get('wdir') ?? '.', this.#context.hiding(values));
      const context = await this.#context.with(
        listOf(body.get('vars')),
        path.posix.normalize(textOf(folder)),
      );
      const known = context.hiding(values);
      const filled = new Map<unknown, Value>();
      for (const [key, value] of body) {
        if (key === 'vars') continue;
        const inner = await at(this.#yaml, [...keys, String(key)], () =>
          fill(value, known, key === 'cmd'),
        );
        filled.set(key, inner);
      }
      return definition(name, filled, keys);
    });
  }

  #error(message: string, keys: readonly string[]): UserError {
    return new UserError(`${this.#yaml.file}: in stage '${this.#name}', ${message}`, {
      hint: "Correct it as DVC's documentation of dvc.yaml has it.",
      place: this.#yaml.placeOf(keys),
    });
  }
}

function definition(name: string, value: Value, keys: readonly string[]): StageDefinition {
  return { name, value: plainValue(value), keys };
}

/** Runs `work` and tells where in the file a template of it could not be filled in. */
async function at<T>(
  yaml: YamlFile,
  keys: readonly string[],
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof TemplateError) || thrown.place) throw thrown;
    const { message, hint } = thrown;
    throw new TemplateError(`${yaml.file}: '${keys.join('.')}': ${message}`, {
      hint,
      place: yaml.placeOf(keys),
    });
  }
}

function listOf(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly Value[];
  throw new TemplateError("'vars' is no list", {
    hint: 'Write a list of files and of mappings.',
  });
}

function isComposite(value: Value): boolean {
  return typeof value === 'object' && value !== null;
}

function tooMany(yaml: YamlFile, name: string): UserError {
  return new UserError(`${yaml.file}: '${name}' makes more than ${MAX_STAGES} stages`, {
    hint: 'Take values out of its matrix, or out of the list that it goes through.',
    place: yaml.placeOf(['stages', name]),
  });
}
