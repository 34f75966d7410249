/** A fork's token may not write; GitHub says 403, or 404 where it may not even read. */
export function isForbidden(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'status' in thrown &&
    (thrown.status === 403 || thrown.status === 404)
  );
}
