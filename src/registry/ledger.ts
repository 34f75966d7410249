import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../errors.ts';
import { encodedOf } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { acquireMutex } from '../store/mutex.ts';
import { appendAudit, type AuditEntry } from './audit.ts';
import { commitFiles, type FileText } from './commit.ts';
import type { Git } from './git.ts';
import { LedgerState } from './ledger-state.ts';
import type { Remote } from './remote.ts';

/** A writer that loses this many times against an unmoved ledger is not losing against a writer. */
const MAX_STUCK = 20;
/** Long enough for a crowd of writers, short enough for a job to end and say why. */
const DEADLINE_MS = 10 * 60_000;
/** Beyond it a writer stops waiting for its turn and takes its chance. */
const MAX_QUEUE_MS = 30_000;
/** Attempts' worth of waiting: whoever waits longer only loses to those who come later. */
const MAX_BACKOFF = 4;
/** Processes of one clone overtake each other while they fetch, but hardly this often. */
const MAX_FETCHES = 3;

/** What a transaction wants to write; without `entry` it only looks. */
export interface Proposal<T> {
  readonly result: T;
  readonly write?: {
    readonly changes: readonly FileText[];
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

interface Outrun {
  /** Where the ledger stood when somebody else was faster. */
  readonly outrunAt: string | undefined;
  readonly reason: string;
}

export interface LedgerOptions {
  readonly git: Git;
  readonly remote: Remote;
  readonly branch: string;
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
  /** What was read before: a writer that was outrun reads only what is new. */
  readonly #texts = new Map<string, string>();
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
    for (let attempt = 1; ; attempt++) {
      const answer = await remote.follow(this.ref, this.#seenRef());
      const seen = await this.#seen();
      if (answer === 'followed') return LedgerState.at(git, seen, this.#texts);
      if (answer === 'absent' && seen === undefined) {
        return LedgerState.at(git, undefined, this.#texts);
      }
      // Another process of this clone may have seen a later commit than this one was just told.
      if (attempt < MAX_FETCHES) continue;
      const commit = await this.#look(seen);
      return LedgerState.at(git, commit, this.#texts);
    }
  }

  /** Where the remote's ledger is, without a note of it. @throws EnvironmentError where it is not after `seen`. */
  async #look(seen: string | undefined): Promise<string> {
    const commit = (await this.remote.refs(this.ref)).get(this.ref);
    if (commit === undefined) throw this.#rewritten(seen, commit);
    await this.remote.fetch(this.ref);
    if (seen === undefined) return commit;
    const { code } = await this.git.run(['merge-base', '--is-ancestor', seen, commit]);
    if (code !== 0) throw this.#rewritten(seen, commit);
    return commit;
  }

  /**
   * Asks `propose` what to write on top of the newest state, and again whenever another writer was
   * faster, so that its preconditions are checked against what is really there.
   */
  async transact<T>(propose: (state: LedgerState) => Promise<Proposal<T>>): Promise<Committed<T>> {
    const deadline = Date.now() + DEADLINE_MS;
    let [stuck, slowest] = [0, 0];
    let before: string | undefined;
    for (let retries = 0; ; retries++) {
      const started = performance.now();
      const done = await this.#inTurn(() => this.#attempt(propose));
      if ('result' in done) return { ...done, retries };
      stuck = done.outrunAt === before ? stuck + 1 : 0;
      before = done.outrunAt;
      if (stuck > MAX_STUCK || Date.now() > deadline) throw this.#outrun(retries, done.reason);
      slowest = Math.max(slowest, performance.now() - started);
      await sleep(Math.random() * slowest * Math.min(MAX_BACKOFF, retries + 1));
    }
  }

  async #attempt<T>(
    propose: (state: LedgerState) => Promise<Proposal<T>>,
  ): Promise<Omit<Committed<T>, 'retries'> | Outrun> {
    const state = await this.state();
    const { result, write } = await propose(state);
    if (write === undefined) return { result, commit: state.commit };
    this.#options.observe?.('commit');
    const commit = await this.#commit(state, write);
    this.#options.observe?.('push');
    const answer = await this.remote.push(this.ref, state.commit, commit);
    if (!answer.pushed) return { outrunAt: state.commit, reason: answer.reason };
    this.#options.observe?.('pushed');
    await this.#remember(commit);
    return { result, commit };
  }

  /**
   * Writers on one machine queue up instead of outrunning each other. It saves them work, and
   * nothing depends on it: the push decides.
   */
  async #inTurn<T>(attempt: () => Promise<T>): Promise<T> {
    const release = await this.#takeTurn().catch(() => undefined);
    try {
      return await attempt();
    } finally {
      // Whatever happens to the queue, what was pushed is pushed.
      await release?.().catch(() => undefined);
    }
  }

  async #takeTurn(): Promise<() => Promise<void>> {
    const ledger = encodedOf(hashBytes(`${await this.remote.identity()}\n${this.ref}`));
    const file = path.join(tmpdir(), `model-ci-ledger-${ledger.slice(0, 16)}.lock`);
    return acquireMutex(file, MAX_QUEUE_MS);
  }

  async #commit(
    state: LedgerState,
    { changes, entry, message }: NonNullable<Proposal<unknown>['write']>,
  ): Promise<string> {
    const { git, author } = this.#options;
    const at = this.now();
    const audit = await appendAudit(state, entry, at);
    return commitFiles(git, state.commit, [...changes, audit], { message, author, at });
  }

  #rewritten(seen = '', commit: string | undefined): EnvironmentError {
    const { branch } = this.#options;
    const now = commit === undefined ? 'is gone' : `is now at ${commit.slice(0, 12)}`;
    return new EnvironmentError(
      `the history of the ledger was rewritten: ${branch} was at ${seen.slice(0, 12)} and ${now}`,
      {
        hint: `Put the branch back (git push --force ${this.remote.name} ${seen}:${this.ref}), or, where the change was meant, forget the old one: git update-ref -d ${this.#seenRef()}`,
      },
    );
  }

  /** What was seen last, so that a clone notices when the past changes. */
  #seenRef(): string {
    return `refs/model-ci/${this.remote.name}/${this.#options.branch}`;
  }

  async #seen(): Promise<string | undefined> {
    const command = ['rev-parse', '--quiet', '--verify', `${this.#seenRef()}^{commit}`];
    const { code, stdout } = await this.git.run(command);
    return code === 0 ? stdout.toString('utf8').trim() : undefined;
  }

  async #remember(commit: string): Promise<void> {
    // A reminder, not a lock: where two processes write it at once, either is right.
    await this.git.run(['update-ref', this.#seenRef(), commit]);
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
