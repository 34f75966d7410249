/**
 * `work`, never twice at a time: who asks while one is under way waits for the next one, which all
 * who have asked meanwhile share.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    if (next) return next;
    const mine = last.then(() => {
      next = undefined;
      return work();
    });
    next = mine;
    last = mine.catch(() => undefined);
    return mine;
  };
}
