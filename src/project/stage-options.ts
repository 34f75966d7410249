import path from 'node:path';
import { z } from 'zod';

/** What `meta.model-ci` of a stage asks of whoever runs it. DVC takes no notice of it. */
export interface StageOptions {
  /** Slots that the stage takes while it runs. */
  readonly cpus: number;
  /** Devices that it has for itself. */
  readonly gpus: number;
  /** In milliseconds, for one attempt; undefined for no limit. */
  readonly timeout: number | undefined;
  readonly retry: Retry;
  readonly torchrun: Torchrun | undefined;
  readonly checkpoint: CheckpointOptions | undefined;
  readonly weights: readonly Weights[];
}

/** Pre-trained weights, which are nothing but the bytes of their hash. */
export interface Weights {
  /** A URL, or a path relative to the workspace. */
  readonly from: { readonly url: string } | { readonly path: string };
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** A dependency of the stage: relative to its folder, as it is written there. */
  readonly to: string;
}

export interface Retry {
  /** Attempts after the first one. */
  readonly times: number;
  /** The exit codes that are worth another attempt; undefined for all but 0. */
  readonly exitCodes: readonly number[] | undefined;
  /** Milliseconds before the second attempt; twice as long before each further one. */
  readonly backOff: number;
}

export interface Torchrun {
  /** On this machine; undefined for one a GPU, or one where there is none. */
  readonly processes: number | undefined;
  readonly nodes: number;
}

export interface CheckpointOptions {
  /** A file or a folder, relative to the stage's folder. */
  readonly path: string;
  /** Milliseconds between two times that it is saved. */
  readonly every: number;
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A number of seconds, or a number with its unit: `90`, `1.5h`, `10 m`. */
const duration = z.union([z.number().positive(), z.string()]).transform((given, context) => {
  const [, digits, unit = 's'] =
    /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(String(given).trim()) ?? [];
  const milliseconds = Number(digits) * UNITS[unit as keyof typeof UNITS];
  if (milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: `'${given}' is no time such as 30s, 10m or 2h` });
  return z.NEVER;
});

const count = z.int().min(0).max(1024);

const retry = z
  .strictObject({
    times: count.default(1),
    'exit-codes': z.array(z.int().min(1).max(255)).min(1).optional(),
    'back-off': duration.default(10_000),
  })
  .transform((given) => ({
    times: given.times,
    exitCodes: given['exit-codes'],
    backOff: given['back-off'],
  }));

const NO_RETRY = { times: 0, exitCodes: undefined, backOff: 0 };

const inside = z.string().min(1).refine(isWithin, 'leads out of the folder');

const weights = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).optional(),
    path: z.string().min(1).optional(),
    sha256: z
      .string()
      .toLowerCase()
      .regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits'),
    to: inside,
  })
  .transform(({ url, path: file, sha256, to }, context): Weights => {
    if (url !== undefined && file === undefined) return { from: { url }, sha256, to };
    if (file !== undefined && url === undefined) return { from: { path: file }, sha256, to };
    context.addIssue({ code: 'custom', message: 'weights come from a url or from a path' });
    return z.NEVER;
  });

const schema = z
  .strictObject({
    cpus: count.min(1).default(1),
    gpus: count.default(0),
    timeout: duration.optional(),
    retry: z.union([count.transform((times) => retry.parse({ times })), retry]).default(NO_RETRY),
    launcher: z.literal('torchrun').optional(),
    processes: count.min(1).optional(),
    nodes: count.min(1).default(1),
    checkpoint: inside.optional(),
    every: duration.default(10 * UNITS.m),
    weights: z.array(weights).default([]),
  })
  .transform(({ launcher, processes, nodes, checkpoint, every, ...rest }): StageOptions => ({
    ...rest,
    timeout: rest.timeout,
    torchrun: launcher && { processes, nodes },
    checkpoint: checkpoint === undefined ? undefined : { path: checkpoint, every },
  }));

/** Reads `meta` of a stage, in which other tools may have entries of their own. */
export const stageMeta = z.preprocess(
  (meta) => {
    const isRecord = typeof meta === 'object' && meta !== null && !Array.isArray(meta);
    const own: unknown = isRecord ? Reflect.get(meta, 'model-ci') : undefined;
    return { 'model-ci': own ?? {} };
  },
  z.object({ 'model-ci': schema }).transform((meta) => meta['model-ci']),
);

/** Of a stage that asks for nothing. */
export const DEFAULT_OPTIONS: StageOptions = stageMeta.parse(undefined);

function isWithin(file: string): boolean {
  const normal = path.posix.normalize(file);
  return !path.posix.isAbsolute(normal) && normal !== '.' && !/^\.\.(\/|$)/.test(normal);
}
