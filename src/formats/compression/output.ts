/** Packed bytes could not be unpacked: what kind of problem that is. */
export class UnpackError extends Error {
  readonly kind: 'truncated' | 'malformed' | 'limit';

  constructor(kind: UnpackError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Bytes that grow as they are unpacked, up to a limit: never what a header merely claims. */
export class Output {
  readonly #limit: number;
  #bytes = new Uint8Array(64 * 1024);
  length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** The byte `distance` before the end. @throws UnpackError where nothing stands there. */
  back(distance: number): number {
    if (distance > this.length)
      throw new UnpackError('malformed', 'it refers to bytes before its start');
    return this.#bytes[this.length - distance] ?? 0;
  }

  push(byte: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = byte;
  }

  /** Repeats `length` bytes from `distance` before the end; the two may overlap. */
  copy(distance: number, length: number): void {
    if (distance > this.length || distance < 1) {
      throw new UnpackError('malformed', 'it refers to bytes before its start');
    }
    if (this.length + length > this.#bytes.length) this.#grow(length);
    const bytes = this.#bytes;
    let from = this.length - distance;
    for (let left = length; left > 0; left--) bytes[this.length++] = bytes[from++] ?? 0;
  }

  append(piece: Uint8Array): void {
    if (this.length + piece.length > this.#bytes.length) this.#grow(piece.length);
    this.#bytes.set(piece, this.length);
    this.length += piece.length;
  }

  #grow(extra: number): void {
    const needed = this.length + extra;
    if (needed > this.#limit)
      throw new UnpackError('limit', `unpacks to more than ${this.#limit} bytes`);
    const larger = new Uint8Array(Math.min(Math.max(needed, this.#bytes.length * 2), this.#limit));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
