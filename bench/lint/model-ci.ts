/** Runs `model-ci lint` on one path as a process of its own, with limits of time and memory. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Outcome } from './corpus.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = process.env.MODEL_CI_CLI ?? path.join(root, 'dist/cli/index.js');
const PEAK_MEMORY = path.join(root, 'bench/lint/peak-memory.mjs');

export const MAX_SECONDS = 30;
export const MAX_BYTES = 1024 ** 3;

const report = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      verdict: z.enum(['clean', 'findings', 'inconclusive']),
      findings: z.array(
        z.object({ rule: z.string(), severity: z.enum(['error', 'warning', 'info']) }),
      ),
    }),
  ),
});

export interface Run {
  readonly outcome: Outcome | 'crash' | 'timeout' | 'memory';
  readonly rules: readonly string[];
  readonly seconds: number;
  /** The largest resident set, in bytes. */
  readonly peak: number;
}

/** Lints several files in one process; what it says of each, in their order. */
export async function lintTogether(
  files: readonly string[],
): Promise<Pick<Run, 'outcome' | 'rules'>[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'model-ci-together-'));
  const { stdout, exit } = await runNode(
    [CLI, 'lint', '--format', 'json', '--report-dir', folder, ...files],
    process.env,
  );
  await rm(folder, { recursive: true });
  if (exit !== 0 && exit !== 1) throw new Error(`model-ci lint ended with ${exit}`);
  const reports = report.parse(JSON.parse(stdout)).files;
  const byPath = new Map(reports.map((each) => [path.resolve(each.path), each]));
  return files.map((file) => {
    const found = byPath.get(path.resolve(file));
    return outcomeOf(found ? [found] : []);
  });
}

export async function lint(target: string): Promise<Run> {
  const folder = await mkdtemp(path.join(tmpdir(), 'model-ci-peak-'));
  const peakFile = path.join(folder, 'peak');
  const start = performance.now();
  const { stdout, exit } = await runNode(
    ['--import', PEAK_MEMORY, CLI, 'lint', '--format', 'json', '--report-dir', folder, target],
    { ...process.env, PEAK_MEMORY_FILE: peakFile },
  );
  const seconds = (performance.now() - start) / 1000;
  const peak = Number(await readFile(peakFile, 'utf8').catch(() => '0'));
  await rm(folder, { recursive: true });
  const { outcome, rules } = read(stdout, exit);
  return { outcome: peak > MAX_BYTES ? 'memory' : outcome, rules, seconds, peak };
}

function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ stdout: string; exit: number | 'killed' }> {
  const options = { env, timeout: MAX_SECONDS * 1000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { ...options, maxBuffer: 2 ** 28 }, (error, stdout) => {
      const code = error ? (error.killed ? 'killed' : Number(error.code ?? 3)) : 0;
      resolve({ stdout, exit: code });
    });
  });
}

function read(stdout: string, exit: number | 'killed'): Pick<Run, 'outcome' | 'rules'> {
  if (exit === 'killed') return { outcome: 'timeout', rules: [] };
  // 0: passed, 1: failed; everything else is no verdict.
  if (exit !== 0 && exit !== 1) return { outcome: 'crash', rules: [] };
  return outcomeOf(report.parse(JSON.parse(stdout)).files);
}

/** A file that no linter spoke of, or could not read to its end, is not accepted. */
function outcomeOf(files: z.infer<typeof report>['files']): Pick<Run, 'outcome' | 'rules'> {
  const findings = files.flatMap((file) => file.findings);
  const has = (severity: string) => findings.some((finding) => finding.severity === severity);
  const unread = files.length === 0 || files.some(({ verdict }) => verdict === 'inconclusive');
  const outcome = unread || has('error') ? 'reject' : has('warning') ? 'warn' : 'ok';
  const rules = findings.map(({ rule, severity }) => `${severity} ${rule}`);
  return { outcome, rules: [...new Set(rules)] };
}
