import { Hdf5Error, type Cursor } from './reading.ts';

/** What a name in a group leads to. */
export type Link =
  | { readonly kind: 'hard'; readonly name: string; readonly address: number | undefined }
  | { readonly kind: 'soft'; readonly name: string; readonly target: string }
  | {
      readonly kind: 'external';
      readonly name: string;
      readonly file: string;
      readonly target: string;
    }
  | { readonly kind: 'user-defined'; readonly name: string; readonly type: number };

const HARD = 0;
const SOFT = 1;
const EXTERNAL = 64;

/** Reads a link message (section IV.A.2.g). */
export function readLink(cursor: Cursor): Link {
  const { offset } = cursor;
  const version = cursor.u8();
  if (version !== 1) throw new Hdf5Error('limit', `a link of version ${version}`, offset);
  const flags = cursor.u8();
  const type = flags & 0x08 ? cursor.u8() : HARD;
  cursor.skip((flags & 0x04 ? 8 : 0) + (flags & 0x10 ? 1 : 0));
  const name = cursor.text(cursor.unsigned(2 ** (flags & 3)));
  if (type === HARD) return { kind: 'hard', name, address: cursor.address() };
  const value = cursor.part(cursor.u16());
  if (type === SOFT) return { kind: 'soft', name, target: value.text(value.left) };
  if (type !== EXTERNAL) return { kind: 'user-defined', name, type };
  value.skip(1);
  const end = value.bytes.indexOf(0, 1);
  const file = value.text(end < 0 ? value.left : end);
  return { kind: 'external', name, file, target: value.text(value.left) };
}
