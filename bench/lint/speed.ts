/**
 * How fast lint is: a 3 GB ONNX model with its weights inline against the bare start of Node, a
 * 20 MB pickle of small opcodes beside picklescan, and a whole corpus beside ModelAudit. Every
 * time is that of a whole process, by turns in one run. Needs scripts/peers/scanners.sh.
 * After npm run build, on a quiet machine: tsx bench/lint/speed.ts [CORPUS]
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytes, floatValue, integer, join, node, varint } from '../../__tests__/onnx/wire.ts';
import { CLI } from './model-ci.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const peer = (name: string) => path.join(root, '.peers', name, 'bin', name);
const ROUNDS = 5;
const MIB = 1024 ** 2;

/** Runs a command to its end; milliseconds. 0, 1 and 2 (not all was read) are answers of a scanner. */
function time(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    env: { ...process.env, NO_ANALYTICS: '1', ...env },
    maxBuffer: 2 ** 30,
  });
  if (status === null || status > 2) throw new Error(`${command}: ${status} ${String(stderr)}`);
  return performance.now() - start;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function spread(values: readonly number[]): string {
  const digits = Math.max(...values) < 1000 ? 0 : 1;
  const [scale, unit] = digits === 0 ? [1, 'ms'] : [1000, 's'];
  const text = (value: number) => (value / scale).toFixed(digits);
  const range = `${text(Math.min(...values))}-${text(Math.max(...values))}, n = ${values.length}`;
  return `${text(median(values))} ${unit} (${range})`;
}

/** After which no further round of a comparison begins: some peers take minutes for one. */
const ENOUGH_MS = 100_000;

/** Times of two commands by turns; at least one of each. */
function byTurns(rounds: number, first: () => number, second: () => number): [number[], number[]] {
  const times: [number[], number[]] = [[], []];
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && performance.now() - start > ENOUGH_MS) break;
    times[0].push(first());
    times[1].push(second());
  }
  return times;
}

/** A model of three matrices, a gigabyte each, in the file itself. */
async function writeLargeModel(file: string): Promise<void> {
  const rows = 16384;
  const length = rows * rows * 4;
  const heads = ['a', 'b', 'c'].map((name) => {
    const head = join(integer(1, rows), integer(1, rows), integer(2, 1), bytes(8, name));
    const data = join(varint(9 * 8 + 2), varint(length));
    return join(varint(5 * 8 + 2), varint(head.length + data.length + length), head, data);
  });
  const rest = join(
    bytes(2, 'large'),
    node('MatMul', ['x', 'a'], ['xa']),
    node('MatMul', ['xa', 'b'], ['xb']),
    node('MatMul', ['xb', 'c'], ['y']),
    floatValue(11, 'x', [1, rows]),
    floatValue(12, 'y', [1, rows]),
  );
  const size = rest.length + heads.reduce((sum, head) => sum + head.length + length, 0);
  const handle = await open(file, 'w');
  await handle.write(
    join(integer(1, 8), bytes(8, integer(2, 17)), varint(7 * 8 + 2), varint(size)),
  );
  await handle.write(rest);
  const block = Buffer.from(new Float32Array(MIB / 4).fill(0.25).buffer);
  for (const head of heads) {
    await handle.write(head);
    for (let written = 0; written < length; written += block.length) await handle.write(block);
  }
  await handle.close();
}

/** Lists of small numbers and short texts: nearly every byte is an opcode. */
function opcodeDense(size: number): Uint8Array {
  const items = Buffer.from('K\x01K\x02\x86\x94]\x94(K\x03K\x04e\x8c\x02ab\x94N\x88', 'latin1');
  const list = Buffer.concat([
    Buffer.from(']('),
    ...Array.from({ length: 1000 }, () => items),
    Buffer.from('e0'),
  ]);
  const lists = Array.from({ length: Math.ceil(size / list.length) }, () => list);
  return Buffer.concat([Buffer.from('\x80\x04', 'latin1'), ...lists, Buffer.from('N.')]);
}

async function largeModel(folder: string): Promise<void> {
  const file = path.join(folder, 'large.onnx');
  await writeLargeModel(file);
  const peakFile = path.join(folder, 'peak');
  const [start, lint] = byTurns(
    2 * ROUNDS + 1,
    () => time(process.execPath, ['-e', '0']),
    () => time(process.execPath, [CLI, 'lint', '--report-dir', folder, file]),
  );
  const hook = path.join(root, 'bench/lint/peak-memory.mjs');
  const peakOf = async (args: readonly string[]): Promise<number> => {
    time(process.execPath, ['--import', hook, ...args], { PEAK_MEMORY_FILE: peakFile });
    return Number(await readFile(peakFile, 'utf8')) / MIB;
  };
  const bare = await peakOf(['-e', '0']);
  const peak = await peakOf([CLI, 'lint', '--report-dir', folder, file]);
  await rm(file);
  console.log(
    `3 GB ONNX: ${spread(lint)}, Node alone ${spread(start)}: ` +
      `${(median(lint) - median(start)).toFixed(0)} ms above it; ` +
      `${peak.toFixed(0)} MiB of memory, Node alone ${bare.toFixed(0)} MiB`,
  );
}

async function densePickle(folder: string): Promise<void> {
  const file = path.join(folder, 'dense.pkl');
  const size = 20 * MIB;
  await writeFile(file, opcodeDense(size));
  const [ours, theirs] = byTurns(
    3,
    () => time(process.execPath, [CLI, 'lint', '--report-dir', folder, file]),
    () => time(peer('picklescan'), ['-p', file]),
  );
  const speed = (times: readonly number[]) => (size / 1e6 / (median(times) / 1000)).toFixed(1);
  console.log(
    `20 MB pickle: ${spread(ours)} = ${speed(ours)} MB/s, picklescan ${spread(theirs)} = ` +
      `${speed(theirs)} MB/s: ${(median(theirs) / median(ours)).toFixed(1)} times as fast`,
  );
}

function wholeCorpus(folder: string, corpus: string): void {
  const [ours, theirs] = byTurns(
    3,
    () => time(process.execPath, [CLI, 'lint', '--report-dir', folder, corpus]),
    () => time(peer('modelaudit'), ['scan', '--format', 'json', '--strict', corpus]),
  );
  console.log(
    `Corpus: ${spread(ours)}, ModelAudit ${spread(theirs)}: ` +
      `${(median(theirs) / median(ours)).toFixed(1)} times as fast`,
  );
}

const folder = await mkdtemp(path.join(tmpdir(), 'bench lint '));
try {
  await densePickle(folder);
  const [corpus] = process.argv.slice(2);
  if (corpus !== undefined) wholeCorpus(folder, corpus);
  await largeModel(folder);
} finally {
  await rm(folder, { recursive: true });
}
