import { containerHandlers } from './container-handlers.ts';
import { callHandlers } from './call-handlers.ts';
import { note, type Handler, type Handlers, type Machine } from './machine.ts';
import { HIGHEST_PROTOCOL, OP } from './opcodes.ts';
import { OPAQUE, Text } from './values.ts';

/** Shortest byte string that could be a pickle with an effect: PROTO, a name, STOP. */
const MIN_NESTED_BYTES = 8;

const text =
  (length: (machine: Machine) => number): Handler =>
  (machine) => {
    const size = length(machine);
    machine.push(new Text(machine.cursor.skip(size), size, 'utf8'));
  };

const bytes =
  (length: (machine: Machine) => number): Handler =>
  (machine) => {
    const size = length(machine);
    const offset = machine.cursor.skip(size);
    machine.push(OPAQUE);
    if (size >= MIN_NESTED_BYTES && looksLikePickle(machine, offset, size)) {
      note(machine.effects.nested, { offset, length: size });
    }
  };

function looksLikePickle({ source }: Machine, offset: number, size: number): boolean {
  const [first, second] = source.view(offset, 2);
  if (first !== OP.PROTO || (second ?? 255) > HIGHEST_PROTOCOL) return false;
  return source.view(offset + size - 1, 1)[0] === OP.STOP;
}

const line =
  (encoding: Text['encoding']): Handler =>
  (machine) => {
    const { offset, length } = machine.cursor.line();
    machine.push(new Text(offset, length, encoding));
  };

/** Integers of protocol 0: decimal, and 00 and 01 for the booleans. */
function decimal(machine: Machine): void {
  const digits = machine.cursor.lineText().trim().replace(/L$/, '');
  if (digits === '00' || digits === '01') machine.push(digits === '01');
  else machine.push(/^[-+]?\d{1,15}$/.test(digits) ? Number(digits) : OPAQUE);
}

function longInteger(machine: Machine, length: number): void {
  const offset = machine.cursor.skip(length);
  if (length > 6) {
    machine.push(OPAQUE);
    return;
  }
  let value = 0;
  const digits = machine.source.view(offset, length);
  digits.forEach((digit, index) => {
    value += digit * 256 ** index;
  });
  const negative = ((digits[length - 1] ?? 0) & 0x80) !== 0;
  machine.push(negative ? value - 256 ** length : value);
}

const atomHandlers: Handlers = [
  [
    OP.NONE,
    (m) => {
      m.push(null);
    },
  ],
  [
    OP.NEWTRUE,
    (m) => {
      m.push(true);
    },
  ],
  [
    OP.NEWFALSE,
    (m) => {
      m.push(false);
    },
  ],
  [
    OP.BININT,
    (m) => {
      m.push(m.cursor.int32());
    },
  ],
  [
    OP.BININT1,
    (m) => {
      m.push(m.cursor.uint8());
    },
  ],
  [
    OP.BININT2,
    (m) => {
      m.push(m.cursor.uint16());
    },
  ],
  [OP.INT, decimal],
  [OP.LONG, decimal],
  [
    OP.LONG1,
    (m) => {
      longInteger(m, m.cursor.uint8());
    },
  ],
  [
    OP.LONG4,
    (m) => {
      longInteger(m, m.cursor.uint32());
    },
  ],
  [
    OP.FLOAT,
    (m) => {
      m.cursor.line();
      m.push(OPAQUE);
    },
  ],
  [
    OP.BINFLOAT,
    (m) => {
      m.cursor.skip(8);
      m.push(OPAQUE);
    },
  ],
  [OP.STRING, line('literal')],
  [OP.UNICODE, line('raw-unicode-escape')],
  [OP.BINSTRING, text((m) => m.cursor.uint32())],
  [OP.SHORT_BINSTRING, text((m) => m.cursor.uint8())],
  [OP.SHORT_BINUNICODE, text((m) => m.cursor.uint8())],
  [OP.BINUNICODE, text((m) => m.cursor.uint32())],
  [OP.BINUNICODE8, text((m) => m.cursor.uint64())],
  [OP.BINBYTES, bytes((m) => m.cursor.uint32())],
  [OP.SHORT_BINBYTES, bytes((m) => m.cursor.uint8())],
  [OP.BINBYTES8, bytes((m) => m.cursor.uint64())],
  [OP.BYTEARRAY8, bytes((m) => m.cursor.uint64())],
];

const memoHandlers: Handlers = [
  [
    OP.PUT,
    (m) => {
      m.remember(memoIndex(m), m.top());
    },
  ],
  [
    OP.BINPUT,
    (m) => {
      m.remember(m.cursor.uint8(), m.top());
    },
  ],
  [
    OP.LONG_BINPUT,
    (m) => {
      m.remember(m.cursor.uint32(), m.top());
    },
  ],
  [
    OP.MEMOIZE,
    (m) => {
      m.remember(m.memoSize, m.top());
    },
  ],
  [
    OP.GET,
    (m) => {
      m.push(m.recall(memoIndex(m)));
    },
  ],
  [
    OP.BINGET,
    (m) => {
      m.push(m.recall(m.cursor.uint8()));
    },
  ],
  [
    OP.LONG_BINGET,
    (m) => {
      m.push(m.recall(m.cursor.uint32()));
    },
  ],
];

function memoIndex(machine: Machine): number {
  const digits = machine.cursor.lineText().trim();
  if (/^\d{1,15}$/.test(digits)) return Number(digits);
  machine.wrong('names a memo entry that is no number');
  return 0;
}

const controlHandlers: Handlers = [
  [OP.PROTO, proto],
  // A frame only tells a reader how much to buffer; Python goes by the opcodes, and so do we.
  [
    OP.FRAME,
    (m) => {
      m.cursor.uint64();
    },
  ],
  [
    OP.MARK,
    (m) => {
      m.mark();
    },
  ],
  [
    OP.STOP,
    (m) => {
      m.pop();
      m.stopped = true;
    },
  ],
];

function proto(machine: Machine): void {
  const protocol = machine.cursor.uint8();
  if (protocol > HIGHEST_PROTOCOL) machine.abort('malformed', `there is no protocol ${protocol}`);
  machine.protocol = Math.max(machine.protocol, protocol);
}

/** Handlers by opcode: an index into an array is what keeps the machine fast. */
export const HANDLERS: readonly (Handler | undefined)[] = byOpcode([
  ...atomHandlers,
  ...memoHandlers,
  ...controlHandlers,
  ...containerHandlers,
  ...callHandlers,
]);

function byOpcode(handlers: Handlers): (Handler | undefined)[] {
  const table = new Array<Handler | undefined>(256).fill(undefined);
  for (const [opcode, handler] of handlers) table[opcode] = handler;
  return table;
}
