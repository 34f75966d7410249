/**
 * Writes the Protocol Buffers wire format (protobuf.dev/programming-guides/encoding). Large byte
 * strings are kept by reference, so a message costs no second copy of the weights in it.
 */
export class ProtobufWriter {
  private readonly finished: Uint8Array[] = [];
  private pending: number[] = [];
  private finishedLength = 0;

  /** Bytes so far. */
  get length(): number {
    return this.finishedLength + this.pending.length;
  }

  /** Field of type int32, int64, uint64 or enum. Negative numbers take ten bytes, as specified. */
  integer(field: number, value: number | bigint): void {
    this.tag(field, WIRE.varint);
    this.varint(BigInt(value));
  }

  /** Field of type float. */
  float(field: number, value: number): void {
    this.tag(field, WIRE.fixed32);
    this.pending.push(...new Uint8Array(new Float32Array([value]).buffer));
  }

  /** Field of type bytes. */
  bytes(field: number, value: Uint8Array): void {
    this.tag(field, WIRE.lengthDelimited);
    this.varint(BigInt(value.byteLength));
    if (value.byteLength <= INLINE_BYTES) this.pending.push(...value);
    else this.append(value);
  }

  /** Field of type string. */
  text(field: number, value: string): void {
    this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** Field that holds a message, written by `body`. */
  message(field: number, body: (writer: ProtobufWriter) => void): void {
    const child = new ProtobufWriter();
    body(child);
    this.tag(field, WIRE.lengthDelimited);
    this.varint(BigInt(child.length));
    for (const chunk of child.chunks()) {
      if (chunk.byteLength <= INLINE_BYTES) this.pending.push(...chunk);
      else this.append(chunk);
    }
  }

  /** The message in order, in pieces. */
  chunks(): readonly Uint8Array[] {
    this.flush();
    return this.finished;
  }

  private tag(field: number, wireType: number): void {
    this.varint(BigInt(field * 8 + wireType));
  }

  private varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.pending.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.pending.push(Number(rest));
  }

  private append(chunk: Uint8Array): void {
    this.flush();
    this.finished.push(chunk);
    this.finishedLength += chunk.byteLength;
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    const chunk = Uint8Array.from(this.pending);
    this.pending = [];
    this.finished.push(chunk);
    this.finishedLength += chunk.byteLength;
  }
}

const WIRE = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;

/** Shorter runs are gathered into one chunk: a chunk of its own costs more than the copy. */
const INLINE_BYTES = 4096;
