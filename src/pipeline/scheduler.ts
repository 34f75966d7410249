/**
 * Does the work of every item once that of those before it is done, all at the same time otherwise;
 * what may really run at once is for `work` to limit. Returns the results in the order of `order`.
 * @throws what `work` threw first, when nothing runs any more.
 */
export async function schedule<T, R>(
  order: readonly T[],
  before: (item: T) => readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<T, Promise<R>>();
  for (const item of order) {
    const first = before(item).flatMap((other) => results.get(other) ?? []);
    results.set(
      item,
      Promise.all(first).then(() => work(item)),
    );
  }
  await Promise.allSettled(results.values());
  return Promise.all(results.values());
}
