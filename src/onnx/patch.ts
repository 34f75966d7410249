import { constants, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Tensor } from './model.ts';
import { stretchOf, type Stretch } from './tensor.ts';

/** New values for a tensor of a model file: as many bytes as it has now. */
export interface Replacement {
  readonly tensor: Tensor;
  readonly bytes: Uint8Array;
}

/**
 * Copies a model file with new values in some of its tensors. Not another byte differs: names,
 * metadata, operator set and what this program does not know stay as they are. The new file
 * appears in one step; data files beside the model are copied beside the new one first.
 * @throws UserError where values lie in a form that cannot be written over
 */
export async function patchModel(
  source: string,
  target: string,
  replacements: readonly Replacement[],
): Promise<void> {
  const stretches = replacements.map(({ tensor, bytes }) => ({
    stretch: writableStretch(source, tensor),
    bytes,
  }));
  const files = new Set([source, ...stretches.map(({ stretch }) => stretch.file)]);
  const copies: { temporary: string; final: string }[] = [];
  try {
    for (const file of files) {
      const final = file === source ? target : besideTarget(source, target, file);
      const temporary = `${final}.${process.pid}.tmp`;
      copies.push({ temporary, final });
      await mkdir(path.dirname(final), { recursive: true });
      await copyFile(file, temporary, constants.COPYFILE_FICLONE);
      const own = stretches.filter(({ stretch }) => stretch.file === file);
      await overwrite(temporary, own);
    }
    // The model comes last: before that, nobody reads the data files.
    for (const { temporary, final } of copies.toReversed()) await rename(temporary, final);
  } catch (thrown) {
    for (const { temporary } of copies) await rm(temporary, { force: true });
    throw thrown;
  }
}

function writableStretch(source: string, tensor: Tensor): Stretch {
  const stretch = stretchOf(source, tensor);
  if (stretch) return stretch;
  throw new UserError(`the values of '${tensor.name}' are stored in pieces`, {
    hint: 'Save the model again with current ONNX tools, which store raw bytes.',
    place: { file: source },
  });
}

function besideTarget(source: string, target: string, file: string): string {
  if (path.dirname(source) === path.dirname(target)) {
    throw new UserError('the model keeps its weights in files beside it', {
      hint: "Write the trained model to another folder: set 'out' to a path elsewhere.",
      place: { file: source },
    });
  }
  return path.join(path.dirname(target), path.relative(path.dirname(source), file));
}

async function overwrite(
  file: string,
  parts: readonly { readonly stretch: Stretch; readonly bytes: Uint8Array }[],
): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    for (const { stretch, bytes } of parts) {
      if (bytes.byteLength !== stretch.length) throw new Error('new values of another length');
      let done = 0;
      while (done < bytes.byteLength) {
        const rest = bytes.byteLength - done;
        const { bytesWritten } = await handle.write(bytes, done, rest, stretch.offset + done);
        done += bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
