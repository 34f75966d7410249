import { UserError } from '../errors.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

/** StringStringEntryProto of onnx.proto. */
const KEY_VALUE = { key: 1, value: 2 } as const;

export function writeKeyValues(
  writer: ProtobufWriter,
  field: number,
  entries: ReadonlyMap<string, string>,
): void {
  for (const [key, value] of entries) {
    writer.message(field, (child) => {
      child.text(KEY_VALUE.key, key);
      child.text(KEY_VALUE.value, value);
    });
  }
}

/** Protocol Buffers leave out what is empty. */
export function optionalText(writer: ProtobufWriter, field: number, value: string): void {
  if (value !== '') writer.text(field, value);
}

export function unwritable(what: string): UserError {
  return new UserError(`${what} cannot be written to an ONNX file`, {
    hint: 'Export the model without it.',
  });
}
