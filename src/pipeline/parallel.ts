/** Enough to keep a disk busy; each file that is hashed holds two buffers of 1 MiB. */
const AT_ONCE = 8;

/** `map` with an asynchronous `work`, a few items at a time; the results in their order. */
export async function mapInParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
