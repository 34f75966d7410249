import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The bundle that users run; another build of it may be named while working on the code. */
export const cli = process.env.MODEL_CI_CLI ?? path.join(root, 'dist/cli/index.js');

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `model-ci` in a folder, as a person would. */
export async function modelCi(
  folder: string,
  arguments_: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  // Without colours, whatever the machine that runs the tests asks for.
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...environment };
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, env };
  try {
    const ran = await promisify(execFile)(process.execPath, [cli, ...arguments_], options);
    return { code: 0, ...ran };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as Ran;
    // Anything but an exit code means that the program did not run to its end.
    if (typeof code !== 'number') throw thrown;
    return { code, stdout, stderr };
  }
}
