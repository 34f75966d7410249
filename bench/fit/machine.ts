import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
