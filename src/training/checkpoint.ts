import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { codeOf, EnvironmentError, messageOf } from '../errors.ts';
import { bytesOf } from '../onnx/element-type.ts';
import { encodeModel } from '../onnx/write.ts';
import type { TrainingPlan } from './events.ts';

const scores = z.object({
  epoch: z.int(),
  step: z.int(),
  seconds: z.number(),
  loss: z.number(),
  accuracy: z.number().optional(),
  validation: z.object({ loss: z.number(), accuracy: z.number().optional() }).optional(),
});

const position = z.object({
  /** Steps done. */
  step: z.int().min(0),
  /** Sums over the current epoch. */
  totals: z.object({ loss: z.number(), correct: z.number(), examples: z.number() }),
  /** Epochs that are over. */
  epochs: z.array(scores),
  /** For early stopping; its weights are among the tensors, as `best/...`. */
  best: z.object({ epoch: z.int(), value: z.number() }).optional(),
});

/** How far a training run has come. */
export type Position = z.infer<typeof position>;

/** A run as it was between two steps: with the same plan, it goes on as if it had not stopped. */
export interface Checkpoint {
  readonly position: Position;
  /** Parameters and optimizer state by name, float32. */
  readonly tensors: ReadonlyMap<string, Uint8Array>;
}

const header = z.object({
  __metadata__: z.object({ 'model-ci-plan': z.string(), 'model-ci-position': z.string() }),
});
const entry = z.object({
  dtype: z.literal('F32'),
  shape: z.tuple([z.int()]),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

/** What decides the course of a run: the same digest means the same numbers, bit for bit. */
export function planDigest(plan: TrainingPlan): string {
  const { model, trained, statistics, dropout, settings } = plan;
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ settings, trained, statistics, dropout }));
  hash.update(encodeModel(model));
  for (const data of [plan.data, ...(plan.validation ? [plan.validation] : [])]) {
    for (const [name, array] of [...data.inputs, ['', data.labels] as const]) {
      hash.update(JSON.stringify([name, array.elementType, array.shape]));
      hash.update(bytesOf(array.values));
    }
  }
  return hash.digest('hex');
}

/**
 * Writes a checkpoint in the safetensors format, in one step: until the new one is on the disk,
 * the old one stays.
 * @throws EnvironmentError where it cannot be written, for want of room or permission
 */
export function saveCheckpoint(file: string, plan: string, checkpoint: Checkpoint): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    keepOutOfGit(path.dirname(path.dirname(file)));
    const descriptor = openSync(temporary, 'w');
    try {
      writeAll(descriptor, headerBytes(plan, checkpoint));
      for (const bytes of checkpoint.tensors.values()) writeAll(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new EnvironmentError(`the checkpoint ${file} cannot be written: ${messageOf(cause)}`, {
      hint: 'Make room, and start again: training goes on from the checkpoint before.',
      cause,
    });
  }
}

/** Removes what runs that were killed while they saved left beside the checkpoint. */
export function removeLeftovers(file: string): void {
  const [folder, prefix] = [path.dirname(file), `${path.basename(file)}.`];
  for (const name of entriesOf(folder)) {
    const pid = name.startsWith(prefix) && /^(\d+)\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) !== 'ESRCH';
  }
}

/**
 * Reads the checkpoint of a run; undefined where there is none, and where it is of another run
 * (other data, model or settings) or damaged, so that it is no use.
 */
export function loadCheckpoint(file: string, plan: string): Checkpoint | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    return parse(bytes, plan);
  } catch {
    return undefined;
  }
}

/** `.model-ci` belongs to one checkout, as reports do. */
function keepOutOfGit(folder: string): void {
  if (path.basename(folder) !== '.model-ci') return;
  try {
    writeFileSync(path.join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
  }
}

export function removeCheckpoint(file: string): void {
  rmSync(file, { force: true });
}

/** Length, then JSON (github.com/huggingface/safetensors, "Format"). */
function headerBytes(plan: string, { position, tensors }: Checkpoint): Uint8Array {
  let end = 0;
  const entries = Array.from(tensors, ([name, bytes]) => {
    const start = end;
    end += bytes.byteLength;
    const shape = [bytes.byteLength / Float32Array.BYTES_PER_ELEMENT];
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const metadata = { 'model-ci-plan': plan, 'model-ci-position': JSON.stringify(position) };
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const padded = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.byteLength));
  return Buffer.concat([length, padded]);
}

function parse(bytes: Buffer, plan: string): Checkpoint | undefined {
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  const json = JSON.parse(bytes.toString('utf8', 8, dataStart)) as Record<string, unknown>;
  const { __metadata__: metadata } = header.parse(json);
  if (metadata['model-ci-plan'] !== plan) return undefined;
  const tensors = new Map<string, Uint8Array>();
  let end = 0;
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    const [from, to] = entry.parse(value).data_offsets;
    tensors.set(name, Uint8Array.from(bytes.subarray(dataStart + from, dataStart + to)));
    end = Math.max(end, to);
  }
  if (bytes.byteLength !== dataStart + end) return undefined;
  const parsed: unknown = JSON.parse(metadata['model-ci-position']);
  return { position: position.parse(parsed), tensors };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) {
    done += writeSync(descriptor, bytes, done);
  }
}
