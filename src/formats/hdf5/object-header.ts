import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

/** Types of header messages that are read here (section IV.A.2). */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  sharedTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  driver: 0x14,
  attributeInfo: 0x15,
} as const;

/** Message types of version 3.0 of the specification end here. */
const LAST_TYPE = 0x18;

/** Flags of a message. */
const SHARED = 0x02;
const FAIL_IF_UNKNOWN = 0x80;

export interface Message {
  readonly type: number;
  /** The message is not here: `body` says where. */
  readonly shared: boolean;
  readonly body: Cursor;
}

/** Blocks of one header: an attribute added later makes a new one. */
const MAX_BLOCKS = 10_000;

/** Reads all messages of an object header, of version 1 or 2, with its continuations. */
export function readObjectHeader(reading: Reading, address: number | undefined): Message[] {
  const opening = reading.structure(address, 4, 'an object header');
  const signature = Buffer.from(opening.bytes).toString('latin1');
  return signature === 'OHDR' ? readVersion2(reading, address) : readVersion1(reading, address);
}

interface Block {
  readonly address: number | undefined;
  readonly length: number;
}

function readVersion1(reading: Reading, address = 0): Message[] {
  const prefix = reading.structure(address, 16, 'an object header');
  const version = prefix.u8();
  if (version !== 1) {
    throw new Hdf5Error('malformed', 'there is no object header here', prefix.origin);
  }
  prefix.skip(1);
  const count = prefix.u16();
  prefix.skip(4);
  const first = { address: address + 16, length: prefix.u32() };
  const messages: Message[] = [];
  let seen = 0;
  readBlocks(reading, first, (block, follow) => {
    const cursor = reading.structure(block.address, block.length, 'a block of an object header');
    while (cursor.left >= 8 && seen < count) {
      const type = cursor.u16();
      const size = cursor.u16();
      const flags = cursor.u8();
      cursor.skip(3);
      seen += 1;
      accept(messages, { type, flags, body: cursor.part(size) }, follow);
    }
  });
  if (seen < count) {
    throw new Hdf5Error(
      'malformed',
      `${count} messages are announced, ${seen} found`,
      prefix.origin,
    );
  }
  return messages;
}

function readVersion2(reading: Reading, address = 0): Message[] {
  const length = Math.min(48, reading.source.size - reading.base - address);
  const prefix = reading.structure(address, length, 'an object header');
  prefix.signature('OHDR', 2);
  const flags = prefix.u8();
  prefix.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const size = prefix.unsigned(2 ** (flags & 3));
  const messages: Message[] = [];
  let skip = prefix.position;
  const whole = { address, length: skip + size + 4 };
  readBlocks(reading, whole, (block, follow) => {
    const cursor = reading.structure(block.address, block.length, 'a block of an object header');
    checkBlock(cursor);
    if (skip === 0) cursor.opening('OCHK');
    else cursor.skip(skip);
    skip = 0;
    const headBytes = flags & 4 ? 6 : 4;
    while (cursor.left - 4 >= headBytes) {
      const type = cursor.u8();
      const bytes = cursor.u16();
      const messageFlags = cursor.u8();
      if (flags & 4) cursor.skip(2);
      accept(messages, { type, flags: messageFlags, body: cursor.part(bytes) }, follow);
    }
  });
  return messages;
}

/** The last four bytes of a block hold the checksum of the rest. */
function checkBlock(cursor: Cursor): void {
  cursor.skip(Math.max(0, cursor.left - 4));
  cursor.checksum();
  cursor.position = 0;
}

function readBlocks(
  reading: Reading,
  first: Block,
  read: (block: Block, follow: (next: Block) => void) => void,
): void {
  const queue: Block[] = [first];
  const seen = new Set<number | undefined>();
  for (let block = queue.shift(); block; block = queue.shift()) {
    if (seen.has(block.address) || seen.size >= MAX_BLOCKS) {
      const where = reading.base + (block.address ?? 0);
      throw new Hdf5Error('malformed', 'the blocks of an object header run in a circle', where);
    }
    seen.add(block.address);
    read(block, (next) => queue.push(next));
  }
}

function accept(
  messages: Message[],
  { type, flags, body }: { type: number; flags: number; body: Cursor },
  follow: (next: Block) => void,
): void {
  body.reading.spend(1, body.origin);
  if (type === MESSAGE.continuation) {
    follow({ address: body.address(), length: body.length() });
    return;
  }
  if (type > LAST_TYPE && (flags & FAIL_IF_UNKNOWN) !== 0) {
    throw new Hdf5Error('limit', `a message of the unknown type ${type} is required`, body.origin);
  }
  messages.push({ type, shared: (flags & SHARED) !== 0, body });
}
