import { EnvironmentError } from '../errors.ts';
import { shortDigest, type Digest } from './digest.ts';

/** Blobs that are addressed by their digest: written once, never changed. */
export interface ContentStore {
  /** Where it is, for a message. */
  readonly place: string;
  /** Whether there is a blob of that name; says nothing about its bytes. */
  has(digest: Digest): Promise<boolean>;
  /**
   * Stores the bytes of `file`, reads them back and compares. A blob that is there already is read
   * and compared as well; a damaged one is replaced.
   * @throws UserError where the bytes of `file` are not those of `digest`.
   */
  put(digest: Digest, file: string): Promise<Stored>;
  /** `put` for bytes in memory. */
  putBytes(digest: Digest, bytes: Uint8Array): Promise<Stored>;
  /**
   * Writes the blob to `destination`, which must not exist, and checks it on the way.
   * @throws MissingBlob, CorruptBlob; then there is no `destination`.
   */
  get(digest: Digest, destination: string): Promise<void>;
  /** The bytes of a small blob, checked. @throws MissingBlob, CorruptBlob. */
  getBytes(digest: Digest, limit: number): Promise<Buffer>;
  /** Hashes the blob where it lies. @throws MissingBlob, CorruptBlob. */
  check(digest: Digest): Promise<void>;
  /** Every blob, in no order. */
  list(): AsyncIterable<StoredBlob>;
  /**
   * Removes the blob unless something has used it since `before`; tells whether it did.
   */
  remove(digest: Digest, before: Date): Promise<boolean>;
  /** Removes what interrupted writers left unfinished before `before`; returns how many files. */
  sweep(before: Date): Promise<number>;
  readonly pins: Pins;
}

/**
 * Notes that say who needs which blobs, so that repositories may share a store: what anybody has
 * pinned is nobody's orphan.
 */
export interface Pins {
  /** `name` is made of digits and letters. A pin of that name is replaced. */
  write(name: string, text: string): Promise<void>;
  list(): AsyncIterable<Pin>;
  remove(name: string): Promise<void>;
}

export interface Pin {
  readonly name: string;
  readonly text: string;
  readonly written: Date;
}

export type Stored = 'stored' | 'present' | 'repaired';

export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
  /** When it was last stored, also where it was there already. */
  readonly used: Date;
}

export class MissingBlob extends EnvironmentError {
  readonly digest: Digest;

  constructor(digest: Digest, place: string, cause?: unknown) {
    super(`${shortDigest(digest)} is not in the store ${place}`, {
      hint: 'model-ci fsck tells what else is missing; registering the same version again stores it.',
      cause,
    });
    this.digest = digest;
  }
}

export class CorruptBlob extends EnvironmentError {
  readonly digest: Digest;
  /** What the bytes hash to, or undefined where they were not read to the end. */
  readonly actual: Digest | undefined;

  constructor(digest: Digest, actual: Digest | undefined, place: string) {
    super(
      `the store ${place} holds other bytes for ${shortDigest(digest)}` +
        (actual ? `: they hash to ${shortDigest(actual)}` : ''),
      {
        hint: 'Somebody or something changed the store; model-ci fsck tells what else is damaged.',
      },
    );
    this.digest = digest;
    this.actual = actual;
  }
}
