import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { codeOf, EnvironmentError } from '../errors.ts';

/** Git's own output, far above any ledger; beyond it something is wrong. */
const MAX_OUTPUT = 1024 ** 3;

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What `git` printed and how it ended; only a Git that cannot be started throws. */
export interface GitOutcome {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Git ended with an error that the caller had no answer to. */
export class GitError extends EnvironmentError {
  readonly outcome: GitOutcome;

  constructor(command: readonly string[], outcome: GitOutcome, hint?: string) {
    const said = redact(outcome.stderr).trim().split('\n').slice(-3).join('; ');
    super(`git ${command[0] ?? ''} failed: ${said || `exit code ${outcome.code}`}`, {
      hint: hint ?? 'Run the same command by hand in the repository to see more.',
    });
    this.outcome = outcome;
  }
}

/** Git names the address that failed, and an address may hold a token. */
export function redact(text: string): string {
  return text.replace(/:\/\/[^/@\s]*@/g, '://');
}

/**
 * Git's plumbing in one repository. It never runs the user's hooks, asks nothing, and answers in
 * English whatever the machine speaks.
 */
export class Git {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The output of a command that must succeed. @throws GitError. */
  async bytes(command: readonly string[], options: GitOptions = {}): Promise<Buffer> {
    const outcome = await this.run(command, options);
    if (outcome.code !== 0) throw new GitError(command, outcome);
    return outcome.stdout;
  }

  /** The same, as text without the last line break. */
  async text(command: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.bytes(command, options)).toString('utf8').replace(/\n$/, '');
  }

  run(command: readonly string[], options: GitOptions = {}): Promise<GitOutcome> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', ['-c', `core.hooksPath=${devNull}`, ...command], {
        cwd: this.folder,
        env: { ...inherited(), ...options.environment },
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
      });
      const output: Buffer[] = [];
      let size = 0;
      let stderr = '';
      child.stdout.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > MAX_OUTPUT) child.kill();
        else output.push(piece);
      });
      child.stderr.on('data', (piece: Buffer) => {
        stderr = (stderr + piece.toString('utf8')).slice(-16_384);
      });
      child.on('error', (cause) => {
        reject(cannotStart(cause, this.folder));
      });
      child.on('close', (code) => {
        resolve({ code: code ?? 128, stdout: Buffer.concat(output), stderr });
      });
      // A Git that ends early closes its end; what it said is in stderr.
      child.stdin.on('error', () => undefined);
      child.stdin.end(options.input ?? '');
    });
  }
}

/** Variables that bind Git to another repository, as inside a hook (git rev-parse --local-env-vars). */
const LOCAL =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|INTERNAL_SUPER_PREFIX|IMPLICIT_WORK_TREE|QUARANTINE_PATH)$/;

function inherited(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([key]) => !LOCAL.test(key));
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: '0',
    // A connection that moves less than 1000 bytes a second for a minute is dead.
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '60',
    LC_ALL: 'C',
  };
}

function cannotStart(cause: Error, folder: string): EnvironmentError {
  return codeOf(cause) === 'ENOENT'
    ? new EnvironmentError(`git cannot be run in ${folder}`, {
        hint: 'Install Git 2.30 or newer and put it on PATH.',
        cause,
      })
    : new EnvironmentError(`git cannot be run: ${cause.message}`, {
        hint: 'Look at what the operating system says.',
        cause,
      });
}
