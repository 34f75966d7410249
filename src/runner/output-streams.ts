interface Handle {
  setBlocking?(blocking: boolean): void;
}

/**
 * Lets what is printed to a pipe be written at once. Otherwise Node queues it, and Node 24 ends
 * with EINVAL where a stage prints faster than its reader reads and the queue grows long.
 */
export function writeAtOnce(): void {
  for (const stream of [process.stdout, process.stderr]) {
    (stream as { _handle?: Handle })._handle?.setBlocking?.(true);
  }
}
