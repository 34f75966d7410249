import { execFile } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const runtime = path.join(root, 'node_modules/onnxruntime-node');

/** What a program printed. */
export async function run(program: string, arguments_: readonly string[]): Promise<string> {
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(program, arguments_, options)).stdout;
}

/** GFLOP/s of ONNX Runtime's product of two 512 x 512 matrices: what this machine can do. */
export async function matmulSpeed(threads: number): Promise<number> {
  const script = path.join(root, 'bench/fit/matmul.ts');
  return Number(await run(process.execPath, ['--import', 'tsx', script, runtime, String(threads)]));
}

/** How long to look, and after how many trips on the clock: on one processor a trip takes milliseconds. */
const LOOK_MS = 100;
const TRIPS = 100;

/** Answers each odd number with the next even one, as soon as it sees it. */
const ANSWERER = `
  const { workerData, parentPort } = require('node:worker_threads');
  parentPort.postMessage('ready');
  for (let trip = 0; ; trip++) {
    while (Atomics.load(workerData, 0) !== 2 * trip + 1);
    Atomics.store(workerData, 0, 2 * trip + 2);
  }
`;

/**
 * Nanoseconds for a cache line to go from one processor to another and back: around 100 where they
 * share a cache, several times that where a virtual machine's processors lie on different dies, and
 * then two threads gain less wherever one reads what the other wrote.
 */
export async function roundTrip(): Promise<number> {
  const line = new Int32Array(new SharedArrayBuffer(64));
  const answerer = new Worker(ANSWERER, { eval: true, workerData: line });
  await once(answerer, 'message');
  const start = performance.now();
  let trip = 0;
  while (performance.now() - start < LOOK_MS) {
    for (const end = trip + TRIPS; trip < end; trip++) {
      Atomics.store(line, 0, 2 * trip + 1);
      while (Atomics.load(line, 0) !== 2 * trip + 2);
    }
  }
  const nanoseconds = ((performance.now() - start) * 1e6) / trip;
  await answerer.terminate();
  return nanoseconds;
}
