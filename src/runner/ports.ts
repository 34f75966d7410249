import type { Readable } from 'node:stream';
import type { Place } from '../errors.ts';

/** What a use case may ask of the machine that runs it; `github/` and `local/` implement it. */
export interface Ports {
  readonly log: Log;
  readonly event: Event;
  /** The checked-out repository, absolute. */
  readonly workspace: string;
  /** A folder of this job alone, absolute; emptied after it. */
  readonly temporary: string;
  /** A folder that jobs of one machine share, absolute: runtimes are installed here. */
  readonly toolCache: string;
  readonly cache: Cache;
  readonly artifacts: Artifacts;
  readonly people: People;
  /**
   * An OpenID Connect token that says which workflow this is, for one audience; undefined where
   * nobody vouches for a job.
   */
  readonly identityToken: ((audience: string) => Promise<string>) | undefined;
  /** The pages of the repository that a job may write to; undefined at a terminal. */
  readonly releases: Releases | undefined;
  readonly attestations: Attestations | undefined;
  readonly issues: Issues | undefined;
  /** The pull request under review; undefined where there is none. */
  readonly pullRequest: PullRequest | undefined;
  /** Check runs of the commit; undefined where there are none. */
  readonly checks: Checks | undefined;
  /** The workflow run whose end started this one; undefined for any other event. */
  readonly finishedRun: FinishedRun | undefined;
}

/** Text handed to a log is untrusted: every adapter neutralises what its terminal would obey. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  notice(message: string, place?: Place): void;
  warning(message: string, place?: Place): void;
  error(message: string, place?: Place): void;
  /** A line that a child process wrote. */
  output(line: string): void;
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Long work: `done` of `total`, both in `unit`s. Adapters limit how often it is shown. */
  progress(task: string, done: number, total: number, note?: string): void;
}

/**
 * What GitHub knows of people. Every question is put by login, and throws a UserError that says why
 * where it cannot be put: at a terminal, or with a token that may not.
 */
export interface People {
  /** `team` is `organization/team`; an invitation that was not accepted is no membership. */
  isMember(team: string, login: string): Promise<boolean>;
  /** What `login` may do with the repository; undefined for nothing. */
  permissionOf(login: string): Promise<Permission | undefined>;
  /** The reviewers who let this run go on to `environment`. */
  approversOf(environment: string): Promise<readonly string[]>;
}

export type Permission = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

/** What made this run happen. */
export interface Event {
  readonly name: 'pull_request' | 'push' | 'tag' | 'local' | 'other';
  /** Full ref, such as `refs/tags/digits@v1.0.0`; empty when detached at a terminal. */
  readonly ref: string;
  /** The commit; empty in a repository without one. */
  readonly commit: string;
  /** Who started it: a login on GitHub, Git's user name elsewhere. */
  readonly actor: string;
  /** `owner/name`; the folder's name at a terminal. */
  readonly repository: string;
  /** Where a person can watch this run. */
  readonly url: string | undefined;
  readonly onDefaultBranch: boolean;
}

/**
 * Folders kept from job to job as a hint: a miss is normal, and nothing is handed over by it.
 * Neither method throws; trouble is a warning in the log.
 */
export interface Cache {
  /** The key that matched, or undefined for a miss. */
  restore(
    paths: readonly string[],
    key: string,
    prefixes?: readonly string[],
  ): Promise<string | undefined>;
  save(paths: readonly string[], key: string): Promise<void>;
}

/** Files that must arrive: kept with the run, and read by later jobs of it. */
export interface Artifacts {
  /** `files` are absolute and lie under `root`. Returns where a person can find them. */
  upload(name: string, files: readonly string[], root: string): Promise<string>;
}

/** A run of another workflow. What it left was written by whoever opened the pull request. */
export interface FinishedRun {
  /** The event that started it, such as `pull_request`. */
  readonly event: string;
  readonly fromFork: boolean;
  readonly url: string;
  /**
   * The open pull request whose newest commit it ran on, as GitHub says and not the run itself;
   * undefined where that has moved on.
   */
  pullRequest(): Promise<PullRequest | undefined>;
  /**
   * The zip of one of its artifacts; undefined where it has none of that name.
   * @throws UserError where it is larger than `limit` bytes: nothing is downloaded then.
   */
  artifact(name: string, limit: number): Promise<Uint8Array | undefined>;
}

export interface Annotation {
  readonly severity: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly place?: Place | undefined;
}

/** A result that stands beside the commit, and that a branch may require. */
export interface Check {
  readonly name: string;
  /** `action_required`: nothing is wrong, and nothing is settled; it blocks as a failure does. */
  readonly conclusion: 'success' | 'failure' | 'action_required' | 'neutral';
  /** The result in one sentence, as plain text. */
  readonly title: string;
  /** GitHub Markdown, already escaped. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

export interface Checks {
  /** `forbidden`: the token may not. */
  publish(check: Check): Promise<'created' | 'forbidden'>;
}

export interface PullRequest {
  readonly number: number;
  /** Adds the comment named by `marker`, or replaces its text. `forbidden`: the token may not. */
  comment(marker: string, markdown: string): Promise<'created' | 'updated' | 'forbidden'>;
}

export interface Releases {
  /**
   * Drafts, uploads, compares, and publishes last: from then on GitHub may keep it immutable.
   * Called again it finishes what was begun.
   * @throws EnvironmentError where a published release of that tag has other files.
   */
  publish(release: Release): Promise<Made>;
  /** The files of the published release of `tag`; undefined where there is none, or a draft. */
  find(tag: string): Promise<readonly PublishedAsset[] | undefined>;
}

export interface PublishedAsset {
  readonly name: string;
  /** Its bytes as they come, compared with nothing. @throws Error where they cannot be had. */
  open(): Promise<Readable>;
}

export interface Release {
  readonly tag: string;
  readonly title: string;
  readonly notes: string;
  readonly prerelease: boolean;
  readonly assets: readonly Asset[];
}

export interface Asset {
  readonly name: string;
  /** Shown instead of the name. */
  readonly label: string;
  readonly size: number;
  /** `sha256:...` */
  readonly digest: string;
  open(): Readable;
}

export interface Attestations {
  /** Says, signed by Sigstore, that this workflow made these files; `digest` is `sha256:...`. */
  attest(subjects: readonly { readonly name: string; readonly digest: string }[]): Promise<Made>;
}

export interface Issues {
  /** Opens the issue named by `marker`, or adds to it where it is open already. */
  report(marker: string, title: string, markdown: string): Promise<Made>;
}

/** Where a person finds it, and whether it was there before. */
export interface Made {
  readonly url: string;
  readonly status: 'created' | 'present';
}
