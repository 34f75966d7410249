import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../cli/model-ci.ts';

const python = path.join(root, '.peers/dvc/bin/python');

/** Whether `scripts/peers/dvc.sh` has been run. */
export const isInstalled = existsSync(python);

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** The real DVC, imported once and asked many times. */
export class Dvc {
  readonly #process: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  constructor() {
    this.#process = spawn(python, [path.join(root, '__tests__/peers/dvc/server.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, DVC_NO_ANALYTICS: '1', NO_COLOR: '1' },
    });
    const { stdout } = this.#process;
    if (!stdout) throw new Error('DVC has no stdout');
    this.#replies = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async run(
    folder: string,
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    const request = { folder, arguments: command, environment };
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const reply = await this.#replies.next();
    if (reply.done) throw new Error(`DVC ended before it answered ${command.join(' ')}`);
    return JSON.parse(reply.value) as Ran;
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await once(this.#process, 'close');
  }
}
