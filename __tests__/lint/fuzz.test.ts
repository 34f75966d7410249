import { expect, test } from '@jest/globals';
import { memorySource } from '../../src/formats/source.ts';
import { inspectFile } from '../../src/lint/inspect/inspect-file.ts';
import { RULES } from '../../src/lint/rules/index.ts';
import { CASES } from './cases.ts';
import { mutate, random } from './mutate.ts';
import { ONNX_CASES } from './onnx-cases.ts';

/** A short run with every test; FUZZ_FILES=200000 makes a long one, FUZZ_SEED another. */
const FILES = Number(process.env.FUZZ_FILES ?? 3000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Slow enough for a loaded machine; a hang takes for ever. */
const LONGEST_MS = 2000;

/** Everything that lint does with a file, but for opening it. */
function inspect(name: string, bytes: Uint8Array): void {
  const { subjects } = inspectFile(`/nowhere/${name}`, memorySource(bytes));
  for (const rule of RULES) {
    for (const { family, value } of subjects) {
      if (family === rule.family)
        Array.from((rule.check as (subject: unknown) => Iterable<unknown>)(value));
    }
  }
}

test(
  `${FILES} mutants crash and hang nothing (seed ${SEED})`,
  () => {
    const seeds = [...CASES, ...ONNX_CASES].flatMap(([, files]) =>
      Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) })),
    );
    const next = random(SEED);
    const any = () => seeds[Math.floor(next() * seeds.length)]!;
    let longest = { ms: 0, mutant: '' };
    for (let index = 0; index < FILES; index++) {
      const { name, bytes } = any();
      const mutant = mutate(bytes, any().bytes, next);
      const started = performance.now();
      try {
        inspect(name, mutant);
      } catch (cause) {
        throw new Error(`mutant ${index} of ${name}: ${Buffer.from(mutant).toString('base64')}`, {
          cause,
        });
      }
      const ms = performance.now() - started;
      if (ms > longest.ms) longest = { ms, mutant: `${index} of ${name}` };
    }
    expect(longest.ms).toBeLessThan(LONGEST_MS);
  },
  // A long run has hours.
  Math.max(60_000, FILES * 20),
);
