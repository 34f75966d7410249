import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../errors.ts';
import { appendAudit, type AuditEntry } from './audit.ts';
import type { Git } from './git.ts';
import { LedgerState } from './ledger-state.ts';
import type { Remote } from './remote.ts';

/** A writer that loses this many times against an unmoved ledger is not losing against a writer. */
const MAX_STUCK = 20;
/** Long enough for a crowd of writers, short enough for a job to end and say why. */
const DEADLINE_MS = 10 * 60_000;
/** Short: whoever waits longer than an attempt takes only loses to those who come later. */
const MAX_BACKOFF_MS = 500;
/** The remote may move on between its answer and the fetch, but hardly this often. */
const MAX_FETCHES = 5;

/** What a transaction wants to write; without `entry` it only looks. */
export interface Proposal<T> {
  readonly result: T;
  readonly write?: {
    readonly changes: readonly { readonly path: string; readonly text: string }[];
    readonly entry: AuditEntry;
    /** The subject of the commit. */
    readonly message: string;
  };
}

export interface Committed<T> {
  readonly result: T;
  /** The tip of the ledger afterwards; undefined where there is none yet. */
  readonly commit: string | undefined;
  /** Pushes that another writer outran. */
  readonly retries: number;
}

export interface LedgerOptions {
  readonly git: Git;
  readonly remote: Remote;
  readonly branch: string;
  /** A folder for the index that a commit is made in. */
  readonly temporary: string;
  /** Who the commits are by. */
  readonly author: string;
  readonly now?: () => Date;
  /** Told before each step that cannot be taken back, and after the last. */
  readonly observe?: (step: LedgerStep) => void;
}

export type LedgerStep = 'commit' | 'push' | 'pushed';

/**
 * The branch that says which versions there are. It is read from the remote and changed by one
 * push a transaction, which the remote refuses unless nobody else pushed in between.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly ref: string;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.ref = `refs/heads/${options.branch}`;
  }

  get remote(): Remote {
    return this.#options.remote;
  }

  get git(): Git {
    return this.#options.git;
  }

  now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  /** The ledger as the remote has it now. @throws EnvironmentError where its history was rewritten. */
  async state(): Promise<LedgerState> {
    const { git, remote } = this.#options;
    // Before the remote is asked: its answer can only be the same commit or a later one.
    const seen = await git.run(['rev-parse', '--quiet', '--verify', `${this.#seenRef()}^{commit}`]);
    const known = seen.code === 0 ? seen.stdout.toString('utf8').trim() : undefined;
    const commit = await this.#fetch(remote);
    if (known !== undefined && known !== commit) await this.#checkDescent(known, commit);
    await this.#remember(commit);
    return LedgerState.at(git, commit);
  }

  /**
   * Asks `propose` what to write on top of the newest state, and again whenever another writer was
   * faster, so that its preconditions are checked against what is really there.
   */
  async transact<T>(propose: (state: LedgerState) => Promise<Proposal<T>>): Promise<Committed<T>> {
    const deadline = Date.now() + DEADLINE_MS;
    let stuck = 0;
    let before: string | undefined;
    for (let retries = 0; ; retries++) {
      const state = await this.state();
      const { result, write } = await propose(state);
      if (write === undefined) return { result, commit: state.commit, retries };
      this.#options.observe?.('commit');
      const commit = await this.#commit(state, write);
      this.#options.observe?.('push');
      const answer = await this.#options.remote.push(this.ref, state.commit, commit);
      if (answer.pushed) {
        this.#options.observe?.('pushed');
        await this.#remember(commit);
        return { result, commit, retries };
      }
      stuck = state.commit === before ? stuck + 1 : 0;
      before = state.commit;
      if (stuck > MAX_STUCK || Date.now() > deadline) throw this.#outrun(retries, answer.reason);
      await sleep(Math.random() * Math.min(MAX_BACKOFF_MS, 25 * 2 ** Math.min(retries, 10)));
    }
  }

  async #commit(
    state: LedgerState,
    { changes, entry, message }: NonNullable<Proposal<unknown>['write']>,
  ): Promise<string> {
    const { git, temporary, author } = this.#options;
    const index = path.join(temporary, `model-ci-index-${randomUUID()}`);
    const environment = { GIT_INDEX_FILE: index };
    try {
      await git.bytes(['read-tree', state.commit ?? '--empty'], { environment });
      const audit = await appendAudit(state, entry, this.now());
      let entries = '';
      for (const { path: file, text } of [...changes, audit]) {
        const id = await git.text(['hash-object', '-w', '--stdin'], { input: text });
        entries += `100644 ${id}\t${file}\0`;
      }
      await git.bytes(['update-index', '-z', '--index-info'], { environment, input: entries });
      const tree = await git.text(['write-tree'], { environment });
      const parent = state.commit === undefined ? [] : ['-p', state.commit];
      return await git.text(['commit-tree', ...parent, '-F', '-', tree], {
        input: message,
        environment: identity(author),
      });
    } finally {
      await rm(index, { force: true });
    }
  }

  async #fetch(remote: Remote): Promise<string | undefined> {
    for (let attempt = 0; attempt < MAX_FETCHES; attempt++) {
      const commit = (await remote.refs(this.ref)).get(this.ref);
      if (commit === undefined || (await this.#has(commit))) return commit;
      await remote.fetch(this.ref);
      if (await this.#has(commit)) return commit;
    }
    throw new EnvironmentError(`the remote does not hand out ${this.ref}`, {
      hint: 'It names a commit that a fetch does not bring: look at the remote itself.',
    });
  }

  async #has(commit: string): Promise<boolean> {
    return (await this.git.run(['cat-file', '-e', `${commit}^{commit}`])).code === 0;
  }

  async #checkDescent(known: string, commit: string | undefined): Promise<void> {
    if (commit !== undefined) {
      const { code } = await this.git.run(['merge-base', '--is-ancestor', known, commit]);
      if (code === 0) return;
    }
    const now = commit === undefined ? 'is gone' : `is now at ${commit.slice(0, 12)}`;
    throw new EnvironmentError(
      `the history of the ledger was rewritten: ${this.#options.branch} was at ${known.slice(0, 12)} and ${now}`,
      {
        hint: `Put the branch back (git push --force ${this.remote.name} ${known}:${this.ref}), or, where the change was meant, forget the old one: git update-ref -d ${this.#seenRef()}`,
      },
    );
  }

  /** What was seen last, so that a clone notices when the past changes. */
  #seenRef(): string {
    return `refs/model-ci/${this.remote.name}/${this.#options.branch}`;
  }

  async #remember(commit: string | undefined): Promise<void> {
    // A reminder, not a lock: where two processes write it at once, either is right.
    if (commit !== undefined) await this.git.run(['update-ref', this.#seenRef(), commit]);
  }

  #outrun(retries: number, reason: string): EnvironmentError {
    return new EnvironmentError(
      `the ledger could not be written in ${retries + 1} attempts: ${reason}`,
      {
        hint: 'Nothing was registered. Try again; if nobody else is writing, look at the remote itself.',
      },
    );
  }
}

function identity(author: string): Record<string, string> {
  // Git refuses these characters in a name, and an empty one.
  const name = author.replace(/[<>\n\0]/g, '').trim() || 'model-ci';
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: '',
    GIT_COMMITTER_NAME: 'model-ci',
    GIT_COMMITTER_EMAIL: '',
  };
}
