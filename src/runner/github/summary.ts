import { appendFile, stat } from 'node:fs/promises';

/** The runner refuses a step summary over 1 MiB as a whole, so a longer one is cut here. */
const LIMIT_BYTES = 1024 * 1024;
const CUT =
  '\n\n*The rest did not fit into a step summary; the log and the reports have all of it.*\n';

/** Appends Markdown to the step's summary; without a runner there is none, and that is fine. */
export async function writeSummary(markdown: string): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file || !markdown) return;
  const used = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  const bytes = Buffer.from(`${markdown}\n`);
  const room = LIMIT_BYTES - used;
  if (bytes.length <= room) return appendFile(file, bytes);
  const kept = bytes.subarray(0, Math.max(0, room - CUT.length - 4)).toString('utf8');
  // Cutting at a line keeps tables whole; the last line may be half a character.
  await appendFile(file, kept.slice(0, kept.lastIndexOf('\n')) + CUT);
}
