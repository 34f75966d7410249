import { openSource } from '../../formats/source.ts';
import type { Tensor } from '../model.ts';
import { loadTensor, stretchOf } from '../tensor.ts';
import { rawBytes } from '../tensor-layout.ts';

/** A file with a tensor in it. */
export interface Placed {
  /** The model's file, absolute. */
  readonly file: string;
  readonly tensor: Tensor;
}

/** What is read of a tensor at once: a multiple of every element's size. */
const CHUNK_BYTES = 64 * 1024;

/** The values of a tensor as raw bytes, some at a time. */
interface TensorBytes {
  readonly length: number;
  /** The result may be reused by the next call. */
  view(offset: number, length: number): Uint8Array;
  close(): void;
}

/**
 * Shows the bytes of tensors side by side for as long as `visit` wants more: memory does not grow with
 * the tensor where it lies in a file as it is.
 * @throws UserError where the values of one are missing, or of another length than its shape says.
 */
export function visitBytes<const P extends readonly Placed[]>(
  placed: P,
  visit: (...chunks: { [K in keyof P]: Uint8Array }) => boolean,
): void {
  const opened: TensorBytes[] = [];
  try {
    for (const one of placed) opened.push(openTensor(one));
    const length = Math.min(...opened.map((bytes) => bytes.length));
    for (let at = 0; at < length; at += CHUNK_BYTES) {
      const chunks = opened.map((bytes) => bytes.view(at, Math.min(CHUNK_BYTES, length - at)));
      if (!visit(...(chunks as { [K in keyof P]: Uint8Array }))) return;
    }
  } finally {
    for (const bytes of opened) bytes.close();
  }
}

function openTensor({ file, tensor }: Placed): TensorBytes {
  const stretch = stretchOf(file, tensor);
  if (stretch && BigInt(stretch.length) === rawBytes(tensor.dataType, tensor.dims)) {
    const source = openSource(stretch.file);
    const { offset, length } = stretch;
    if (offset + length <= source.size) {
      return {
        length,
        view: (from, count) => source.view(offset + from, count),
        close: () => {
          source.close();
        },
      };
    }
    source.close();
  }
  // Small tensors in fields of their own, and all that is wrong, which is for it to explain.
  const bytes = loadTensor(file, tensor);
  return {
    length: bytes.length,
    view: (from, count) => bytes.subarray(from, from + count),
    close: () => undefined,
  };
}
