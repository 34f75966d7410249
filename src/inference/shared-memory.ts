/** Where arrays of every type may start, and where a processor reads them fastest. */
const ALIGNMENT = 64;

/**
 * A copy of a message whose arrays lie in memory that threads share, so that sending it copies
 * nothing. (Memory that is handed over instead is taken for new by V8's garbage collector, which
 * then hardly rests.)
 * @param memoryFor gives memory of at least so many bytes, for as long as the message is in use
 */
export function inSharedMemory<Message>(
  message: Message,
  memoryFor: (bytes: number) => SharedArrayBuffer,
): Message {
  const places = new Map<NodeJS.TypedArray, number>();
  let bytes = 0;
  for (const array of arraysOf(message)) {
    if (places.has(array) || array.buffer instanceof SharedArrayBuffer) continue;
    places.set(array, bytes);
    bytes += Math.ceil(array.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  if (places.size === 0) return message;
  const memory = memoryFor(bytes);
  return withArrays(message, (array) => {
    const place = places.get(array);
    return place === undefined ? array : copied(array, memory, place);
  }) as Message;
}

/** A copy of an array in memory that is there for it. */
export function copied<T extends NodeJS.TypedArray>(
  array: T,
  memory: ArrayBufferLike,
  offset = 0,
): T {
  const Type = array.constructor as new (
    memory: ArrayBufferLike,
    offset: number,
    length: number,
  ) => T;
  const copy = new Type(memory, offset, array.length);
  copy.set(array as never);
  return copy;
}

/** The memory in which the arrays of a message lie, as a whole. */
export function memoryOf(message: unknown): ArrayBuffer[] {
  const memories = Array.from(arraysOf(message), ({ buffer }) => buffer as ArrayBuffer);
  return [...new Set(memories)];
}

function* arraysOf(value: unknown): Iterable<NodeJS.TypedArray> {
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value)) yield value as NodeJS.TypedArray;
  else for (const item of Object.values(value)) yield* arraysOf(item);
}

function withArrays(value: unknown, other: (array: NodeJS.TypedArray) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return other(value as NodeJS.TypedArray);
  if (Array.isArray(value)) return value.map((item) => withArrays(item, other));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withArrays(item, other)]),
  );
}
