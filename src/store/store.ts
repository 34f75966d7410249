import { EnvironmentError } from '../errors.ts';
import { shortDigest, type Digest } from './digest.ts';

/** Bytes that are asked for by their digest, and compared with it while they are read. */
export interface BlobReader {
  /** Where it is, for a message. */
  readonly place: string;
  /** How many transfers at once make it fastest. */
  readonly lanes: number;
  /**
   * Writes the blob to `destination`, which must not exist, and compares what was written. Where
   * its size is known, a source that sends more is not listened to.
   * @throws MissingBlob, CorruptBlob; then there is no `destination`.
   */
  get(digest: Digest, destination: string, size?: number): Promise<void>;
  /** The bytes of a small blob, checked. @throws MissingBlob, CorruptBlob. */
  getBytes(digest: Digest, limit: number): Promise<Buffer>;
  /** Hashes the blob where it lies. @throws MissingBlob, CorruptBlob. */
  check(digest: Digest, size?: number): Promise<void>;
}

/** Blobs that are addressed by their digest: written once, never changed. */
export interface ContentStore extends BlobReader {
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
  /** Every blob, in no order; where a store cannot tell, every blob that is pinned. */
  list(): AsyncIterable<StoredBlob>;
  /**
   * Removes the blob unless something has used it since `before`; tells whether it did.
   */
  remove(digest: Digest, before: Date): Promise<boolean>;
  /** Removes what interrupted writers left unfinished before `before`; returns how many files. */
  sweep(before: Date): Promise<number>;
  readonly pins: Pins;
  /** What this kind of store cannot do, as a sentence for whoever looks after it. */
  readonly caveat?: string;
  /** Undefined where a store has blobs and no names. */
  readonly offers?: Offers;
}

/**
 * Notes that say who needs which blobs, so that repositories may share a store: what anybody has
 * pinned is nobody's orphan.
 */
export interface Pins {
  /** `name` is made of digits and letters. A pin of that name is replaced. */
  write(pin: NewPin): Promise<void>;
  has(name: string): Promise<boolean>;
  list(): AsyncIterable<Pin>;
  remove(name: string): Promise<void>;
}

export interface NewPin {
  readonly name: string;
  readonly text: string;
  /** What it holds on to. */
  readonly blobs: readonly Digest[];
}

export interface Pin {
  readonly name: string;
  readonly text: string;
  readonly written: Date;
}

/** Versions under names that other tools pull them by, made of the blobs of the store. */
export interface Offers {
  /** Where the version is or would be, such as `ghcr.io/lab/models/digits:v1.2.0`. */
  nameOf(offer: Offer): string;
  /** `other`: the name is taken by something else. */
  state(offer: Offer): Promise<'there' | 'absent' | 'other'>;
  /** Does nothing where it is there. @throws EnvironmentError where the name is taken. */
  publish(offer: Offer): Promise<void>;
}

/** A version as others see it. The same record gives the same offer. */
export interface Offer {
  readonly model: string;
  readonly version: string;
  readonly snapshot: Digest;
  /** ISO 8601. */
  readonly created: string;
  /** The repository, and the commit in it. */
  readonly source: string;
  readonly revision: string;
  readonly files: readonly {
    readonly name: string;
    readonly digest: Digest;
    readonly size: number;
  }[];
  /** Statements about the files, such as a signature. */
  readonly attachments: readonly { readonly mediaType: string; readonly digest: Digest }[];
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
    super(`${shortDigest(digest)} is not in ${place}`, {
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
      `${place} holds other bytes for ${shortDigest(digest)}` +
        (actual ? `: they hash to ${shortDigest(actual)}` : ''),
      {
        hint: 'Somebody or something changed the store; model-ci fsck tells what else is damaged.',
      },
    );
    this.digest = digest;
    this.actual = actual;
  }
}
