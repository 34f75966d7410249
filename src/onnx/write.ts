import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Model, OpsetImport } from './model.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { optionalText, unwritable, writeKeyValues } from './write-fields.ts';
import { writeGraph } from './write-graph.ts';

/** Protocol Buffers stop here; larger models keep their weights in files beside them. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Field numbers of onnx.proto, IR version 13 (github.com/onnx/onnx, onnx/onnx.proto). */
const MODEL = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  domain: 4,
  modelVersion: 5,
  docString: 6,
  graph: 7,
  opsetImport: 8,
  metadata: 14,
} as const;
const OPSET_IMPORT = { domain: 1, version: 2 } as const;

/**
 * A model as the bytes of a ModelProto, in pieces; the same model gives the same bytes.
 * @param model its tensors in memory (`kind: 'bytes'`) or in files beside it (`external`)
 * @throws UserError for what `Model` does not hold whole: local functions, and values that
 * are still in the file that they were read from
 */
export function modelChunks(model: Model): readonly Uint8Array[] {
  if (model.functions.length > 0) throw unwritable('local functions');
  const writer = new ProtobufWriter();
  writer.integer(MODEL.irVersion, model.irVersion);
  optionalText(writer, MODEL.producerName, model.producerName);
  optionalText(writer, MODEL.producerVersion, model.producerVersion);
  optionalText(writer, MODEL.domain, model.domain);
  if (model.modelVersion !== 0) writer.integer(MODEL.modelVersion, model.modelVersion);
  optionalText(writer, MODEL.docString, model.docString);
  writer.message(MODEL.graph, (child) => {
    writeGraph(child, model.graph);
  });
  for (const opset of model.opsetImports) {
    writer.message(MODEL.opsetImport, (child) => {
      writeOpset(child, opset);
    });
  }
  writeKeyValues(writer, MODEL.metadata, model.metadata);
  if (writer.length > MAX_MODEL_BYTES) throw tooLarge(writer.length);
  return writer.chunks();
}

/** A model as one array of bytes, for a runtime that wants it whole. */
export function encodeModel(model: Model): Uint8Array {
  return Buffer.concat(modelChunks(model));
}

/** Writes `file` in one step: it holds the old bytes or the new ones, never a part of them. */
export async function writeModel(file: string, model: Model): Promise<void> {
  const chunks = modelChunks(model);
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${process.pid}.${Date.now().toString(36)}.tmp`,
  );
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

function writeOpset(writer: ProtobufWriter, opset: OpsetImport): void {
  // The default domain is written too, as onnx's own tools do.
  writer.text(OPSET_IMPORT.domain, opset.domain);
  writer.integer(OPSET_IMPORT.version, opset.version);
}

function tooLarge(length: number): UserError {
  return new UserError(`the model takes ${length} bytes, and one ONNX file holds 2 GiB`, {
    hint: 'Keep its weights as external data beside it.',
  });
}
