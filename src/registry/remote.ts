import { UserError, type EnvironmentError } from '../errors.ts';
import { GitError, redact, type Git, type GitOutcome } from './git.ts';

/** The server did not let us: no credentials, or credentials that may not do this. */
const FORBIDDEN =
  /\b40[13]\b|authentication failed|could not read (username|password)|permission (to|denied)|access (denied|rights)|write access .* not granted|hook declined|protected branch|GH0\d\d|insufficient permission/i;

/** Somebody else's push came first. */
const OUTRUN =
  /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value|reference already exists|failed to lock|unable to create .*\.lock/i;

/** A fetch that brings one ref and does nothing else. */
const FETCH_ALONE = [
  '--no-tags',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
  '--no-write-fetch-head',
  '--refmap=',
];
/** A fetch that brought everything and left the local ref where it was. */
const NOT_MOVED = /\[rejected\]|unable to update local ref|cannot lock ref/;

/** The repository that holds the tags and the ledger. */
export class Remote {
  readonly #git: Git;
  readonly name: string;
  #identity: Promise<string> | undefined;

  constructor(git: Git, name: string) {
    this.#git = git;
    this.name = name;
  }

  /**
   * The remote by what it is, however it is reached: `github.com/lab/digits` over HTTPS and SSH,
   * with and without credentials.
   */
  identity(): Promise<string> {
    this.#identity ??= this.#git.text(['remote', 'get-url', this.name]).then((url) =>
      url
        .replace(/^[a-z+]+:\/\//i, '')
        .replace(/^[^@/]*@/, '')
        .replace(/^([^/:]+):(?!\d+\/)/, '$1/')
        .replace(/(?:\.git)?\/*$/, '')
        .toLowerCase(),
    );
    return this.#identity;
  }

  /**
   * Asks the remote itself, never a local copy. Annotated tags come with what they point to, as
   * `<ref>^{}`.
   */
  async refs(...patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const command = ['ls-remote', this.name, ...patterns];
    const outcome = await this.#git.run(command);
    if (outcome.code !== 0) throw this.#failure(command, outcome, 'read');
    const lines = outcome.stdout.toString('utf8').split('\n').filter(Boolean);
    return new Map(
      lines.map((line): [string, string] => {
        const [commit = '', ref = ''] = line.split('\t');
        return [ref, commit];
      }),
    );
  }

  /** Brings the history of `ref` here, without a local ref and without touching FETCH_HEAD. */
  async fetch(ref: string): Promise<void> {
    const command = ['fetch', ...FETCH_ALONE, this.name, ref];
    const outcome = await this.#git.run(command);
    if (outcome.code !== 0) throw this.#failure(command, outcome, 'read');
  }

  /**
   * Moves `local` to where `ref` is now, and brings what that needs. Refused where that would take
   * history back, and where `local` is locked: by a process that does the same, or that was killed.
   */
  async follow(ref: string, local: string): Promise<'followed' | 'absent' | 'refused'> {
    const command = ['fetch', ...FETCH_ALONE, this.name, `${ref}:${local}`];
    const outcome = await this.#git.run(command);
    if (outcome.code === 0) return 'followed';
    if (outcome.stderr.includes(`couldn't find remote ref ${ref}`)) return 'absent';
    if (NOT_MOVED.test(outcome.stderr)) return 'refused';
    throw this.#failure(command, outcome, 'read');
  }

  /**
   * Compare and swap: moves `ref` from `expected` (undefined: it must not exist) to `commit`.
   * Returns what the remote said where another writer was faster.
   * @throws UserError where the credentials do not allow it.
   */
  async push(
    ref: string,
    expected: string | undefined,
    commit: string,
  ): Promise<{ readonly pushed: true } | { readonly pushed: false; readonly reason: string }> {
    const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
    const plain = ['--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no'];
    const command = ['push', ...plain, lease, this.name, `${commit}:${ref}`];
    const outcome = await this.#git.run(command);
    if (outcome.code === 0) return { pushed: true };
    const said = `${outcome.stdout.toString('utf8')}\n${outcome.stderr}`;
    if (!FORBIDDEN.test(said) && OUTRUN.test(said)) {
      return { pushed: false, reason: /\((.+)\)/.exec(said)?.[1] ?? said.trim() };
    }
    throw this.#failure(command, { ...outcome, stderr: said }, 'write');
  }

  #failure(
    command: readonly string[],
    outcome: GitOutcome,
    need: 'read' | 'write',
  ): EnvironmentError | UserError {
    const { stderr } = outcome;
    const cause = new GitError(command, outcome);
    if (/does not appear to be a git repository|no such remote/i.test(stderr)) {
      return new UserError(`there is no Git remote '${this.name}'`, {
        hint: `Add it with: git remote add ${this.name} URL; or name another in registry.remote of the policy.`,
        cause,
      });
    }
    if (/not a git repository/i.test(stderr)) return notARepository(this.#git.folder, cause);
    if (FORBIDDEN.test(stderr)) {
      const said = redact(stderr).trim().split('\n').at(-1) ?? '';
      return new UserError(`the remote '${this.name}' refused to be ${verb[need]}: ${said}`, {
        hint: `Grant the job the permission 'contents: ${need}'; a ruleset on the ledger's branch must let its token push.`,
        cause,
      });
    }
    return new GitError(command, outcome, 'Check the network and the remote, then try again.');
  }
}

const verb = { read: 'read', write: 'written' } as const;

export function notARepository(folder: string, cause?: unknown): UserError {
  return new UserError(`${folder} is not in a Git repository`, {
    hint: 'Run this in a clone of the repository; on a runner, check it out first.',
    cause,
  });
}
