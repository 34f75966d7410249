import path from 'node:path';
import { z } from 'zod';
import { UserError, type Place } from '../errors.ts';
import { stageDefinitions, type StageDefinition } from './stage-definitions.ts';
import { stageMeta, type StageOptions } from './stage-options.ts';
import { plainValue, type Value } from './value.ts';
import { readYaml, type YamlFile } from './yaml.ts';

export const PIPELINE_FILE = 'dvc.yaml';
export const DEFAULT_PARAMS = 'params.yaml';

/** What `dvc.yaml` declares. */
export interface Pipeline {
  readonly stages: readonly Stage[];
}

/** A step: what it runs, what it reads, what it makes. Paths are relative to `wdir`, as written. */
export interface Stage {
  readonly name: string;
  /** Run one after the other, each by a shell of its own: the items of a list, the lines of a string. */
  readonly commands: readonly string[];
  /** `cmd` as it is written, for the lock. */
  readonly command: string | readonly string[];
  /** Relative to the workspace, forward slashes; '.' for the workspace itself. */
  readonly workingDirectory: string;
  readonly deps: readonly string[];
  readonly params: readonly ParamsRequest[];
  readonly outs: readonly Output[];
  /** Never runs unless it is named as a target. */
  readonly frozen: boolean;
  /** Runs every time. */
  readonly alwaysChanged: boolean;
  readonly description: string | undefined;
  readonly options: StageOptions;
  readonly place: Place;
}

export interface ParamsRequest {
  readonly file: string;
  /** Dotted keys; undefined for every key of the file. */
  readonly keys: readonly string[] | undefined;
}

export interface Output {
  readonly path: string;
  readonly kind: 'out' | 'metric' | 'plot';
  /** Whether it goes to the cache and out of Git. */
  readonly cache: boolean;
  /** Whether it stays in place when its stage runs again. */
  readonly persist: boolean;
}

/** What has parts that normalizing takes out: empty ones, `.` and `..`. */
const UNTIDY = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** The same file, relative to the workspace. */
export function inWorkspace(stage: Pick<Stage, 'workingDirectory'>, file: string): string {
  if (stage.workingDirectory === '.' && !UNTIDY.test(file)) return file;
  const joined = path.posix.join(stage.workingDirectory, file);
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}

const flags = z
  .strictObject({
    cache: z.boolean(),
    persist: z.boolean(),
    desc: z.string(),
    type: z.string(),
    labels: z.array(z.string()),
    meta: z.unknown(),
    // How plots are drawn, not what they hold.
    x: z.unknown(),
    y: z.unknown(),
    x_label: z.string(),
    y_label: z.string(),
    title: z.string(),
    template: z.string(),
    header: z.boolean(),
    push: z.boolean(),
  })
  .partial();

const output = z.union([z.string(), z.record(z.string(), flags)]);
const params = z.union([z.string(), z.record(z.string(), z.array(z.string()).nullable())]);
const text = z.string().min(1);
/** What the operating system takes: text ends at a NUL there. */
const command = text.refine((given) => !given.includes('\0'), 'has a NUL in it');

const stageSchema = z.strictObject({
  cmd: z.union([command, z.array(command).min(1)]),
  wdir: text.default('.'),
  deps: z.array(text).default([]),
  params: z.array(params).default([]),
  outs: z.array(output).default([]),
  metrics: z.array(output).default([]),
  plots: z.array(output).default([]),
  frozen: z.boolean().default(false),
  always_changed: z.boolean().default(false),
  desc: z.string().optional(),
  meta: stageMeta,
});

const fileSchema = z.looseObject({ stages: z.record(z.string(), z.unknown()).nullish() });

/** What `dvc.yaml` may have at its top; only the first two make stages. */
const KNOWN_KEYS = ['stages', 'vars', 'artifacts', 'metrics', 'params', 'plots', 'datasets'];

/**
 * Reads `dvc.yaml`.
 * @throws UserError where there is none, and with its line for whatever it cannot mean.
 */
export async function readPipeline(workspace: string, file = PIPELINE_FILE): Promise<Pipeline> {
  const yaml = await readYaml(workspace, file, { exact: true });
  if (!yaml) {
    throw new UserError(`there is no ${file}`, {
      hint: 'Declare stages in it (cmd, deps, params, outs): see examples/digits/dvc.yaml of model-ci.',
      place: { file },
    });
  }
  const value = plainValue((yaml.value ?? new Map()) as Value);
  for (const key of Object.keys(check(fileSchema, yaml, [], value))) {
    if (!KNOWN_KEYS.includes(key)) throw unsupported(yaml, key, [key]);
  }
  const definitions = await stageDefinitions(yaml, { workspace, defaults: DEFAULT_PARAMS });
  return { stages: definitions.map((definition) => readStage(yaml, definition)) };
}

function readStage(yaml: YamlFile, { name, value, keys }: StageDefinition): Stage {
  const stage = check(stageSchema, yaml, keys, value);
  if (name === '' || /\p{Cc}/u.test(name)) {
    throw new UserError(`${yaml.file}: the name of a stage is empty or has control characters`, {
      hint: 'Name it with letters, digits, dashes and underscores.',
      place: yaml.placeOf(keys),
    });
  }
  return {
    name,
    commands: typeof stage.cmd === 'string' ? linesOf(stage.cmd) : stage.cmd,
    command: stage.cmd,
    workingDirectory: path.posix.normalize(stage.wdir),
    deps: stage.deps,
    params: stage.params.flatMap(readParamsRequest),
    outs: [
      ...stage.outs.flatMap((item) => readOutput(item, 'out')),
      ...stage.metrics.flatMap((item) => readOutput(item, 'metric')),
      ...stage.plots.flatMap((item) => readOutput(item, 'plot')),
    ],
    frozen: stage.frozen,
    alwaysChanged: stage.always_changed,
    description: stage.desc,
    options: stage.meta,
    place: yaml.placeOf(keys),
  };
}

/** Python's `splitlines`, by which DVC takes a string apart. */
function linesOf(command: string): readonly string[] {
  // eslint-disable-next-line no-control-regex
  const lines = command.split(/\r\n|[\n\r\v\f\x1c-\x1e\u0085\u2028\u2029]/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function readOutput(item: z.infer<typeof output>, kind: Output['kind']): Output[] {
  const entries: Readonly<Record<string, z.infer<typeof flags>>> =
    typeof item === 'string' ? { [item]: {} } : item;
  return Object.entries(entries).map(([file, { cache = true, persist = false }]) => ({
    path: file,
    kind,
    cache,
    persist,
  }));
}

function readParamsRequest(item: z.infer<typeof params>): ParamsRequest[] {
  if (typeof item === 'string') return [{ file: DEFAULT_PARAMS, keys: [item] }];
  return Object.entries(item).map(([file, keys]) => ({
    file,
    keys: keys && keys.length > 0 ? keys : undefined,
  }));
}

function unsupported(yaml: YamlFile, what: string, keys: readonly (string | number)[]): UserError {
  return new UserError(`${yaml.file} uses ${what}, which model-ci does not support yet`, {
    hint: 'Take it out, or run this pipeline with DVC.',
    place: yaml.placeOf(keys),
  });
}

function check<T>(
  schema: z.ZodType<T>,
  yaml: YamlFile,
  keys: readonly string[],
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const inner = (issue?.path ?? []).filter((key) => typeof key !== 'symbol');
  const at = [...keys, ...inner];
  const where = at.length > 0 ? `'${at.join('.')}': ` : '';
  throw new UserError(`${yaml.file}: ${where}${issue?.message ?? 'is not a pipeline'}`, {
    hint: "Correct it as DVC's documentation of dvc.yaml has it.",
    place: yaml.placeOf(at),
  });
}
