import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memorySource } from '../../src/formats/source.ts';
import { inspectFile } from '../../src/lint/inspect/inspect-file.ts';
import { RULES } from '../../src/lint/rules/index.ts';
import { measure } from '../cpu-time.ts';
import { CASES } from './cases.ts';
import { mutate, random } from './mutate.ts';
import { ONNX_CASES } from './onnx-cases.ts';

/**
 * A short run with every test; FUZZ_FILES=200000 makes a long one, FUZZ_SEED another, and with
 * FUZZ_SEEDS, a folder of model files, theirs are mutated as well.
 */
const FILES = Number(process.env.FUZZ_FILES ?? 3000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const FOLDER = process.env.FUZZ_SEEDS;

/** Larger files are mostly weights, which no reader looks at. */
const LARGEST_SEED = 256 * 1024;

/** Of processor time; a hang takes for ever. */
const LONGEST_MS = 2000;

/** What stays in memory after all mutants: more than the noise of the collector is a leak. */
const MAX_GROWTH_BYTES = 32 * 1024 * 1024;

interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function seeds(): Seed[] {
  const own = [...CASES, ...ONNX_CASES].flatMap(([, files]) =>
    Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) })),
  );
  if (FOLDER === undefined) return own;
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(FOLDER, name))
    .filter((file) => {
      const status = lstatSync(file);
      return status.isFile() && status.size > 0 && status.size <= LARGEST_SEED;
    });
  return [...own, ...files.map((name) => ({ name, bytes: readFileSync(name) }))];
}

/** The collector is out of reach in a test's own context, flag or not. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are still in use once everything else was collected. */
async function heldBytes(): Promise<number> {
  // Buffers are freed on another thread, after the collection that found them unused.
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await setTimeout(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Everything that lint does with a file, but for opening it. */
function inspect(name: string, bytes: Uint8Array): void {
  const { subjects } = inspectFile(path.join('/nowhere', path.basename(name)), memorySource(bytes));
  for (const rule of RULES) {
    for (const { family, value } of subjects) {
      if (family === rule.family)
        Array.from((rule.check as (subject: unknown) => Iterable<unknown>)(value));
    }
  }
}

test(
  `${FILES} mutants crash and hang nothing (seed ${SEED})`,
  async () => {
    const all = seeds();
    const next = random(SEED);
    const any = () => all[Math.floor(next() * all.length)]!;
    let longest = { ms: 0, mutant: '' };
    let held = 0;
    for (let index = 0; index < FILES; index++) {
      // The first tenth fills caches and lets the compiler settle.
      if (index === Math.floor(FILES / 10)) held = await heldBytes();
      const { name, bytes } = any();
      const mutant = mutate(bytes, any().bytes, next);
      const { cpuMs } = measure(() => {
        try {
          inspect(name, mutant);
        } catch (cause) {
          throw new Error(`mutant ${index} of ${name}: ${Buffer.from(mutant).toString('base64')}`, {
            cause,
          });
        }
      });
      if (cpuMs > longest.ms) longest = { ms: cpuMs, mutant: `${index} of ${name}` };
    }
    expect(longest.ms).toBeLessThan(LONGEST_MS);
    const growth = (await heldBytes()) - held;
    if (FILES > 10_000) {
      process.stdout.write(
        `${FILES} mutants of ${all.length} files: slowest ${longest.ms.toFixed(0)} ms ` +
          `(${longest.mutant}), ${(growth / 2 ** 20).toFixed(1)} MiB more held at the end\n`,
      );
    }
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
  },
  // A long run has hours.
  Math.max(60_000, FILES * 20),
);
