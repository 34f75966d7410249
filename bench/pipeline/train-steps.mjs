// A deterministic "training": a chain of hashes. Each step is logged outside the repository, so that
// repeated ones can be counted; the state is saved to the checkpoint after each, by a rename.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [name, steps, milliseconds, input, out] = process.argv.slice(2);
const checkpoint = process.env.MODEL_CI_CHECKPOINT;
const sha = (text) => createHash('sha256').update(text).digest('hex');

let state = { step: 0, value: sha(readFileSync(input, 'utf8')) };
if (existsSync(checkpoint)) state = JSON.parse(readFileSync(checkpoint, 'utf8')).state;

let stop = false;
process.on('SIGTERM', () => (stop = true));

function save() {
  // The padding makes a torn file likely if anybody took one.
  writeFileSync(`${checkpoint}.tmp`, JSON.stringify({ state, padding: state.value.repeat(2000) }));
  renameSync(`${checkpoint}.tmp`, checkpoint);
}

while (state.step < Number(steps)) {
  const started = Date.now();
  await sleep(Number(milliseconds));
  state = { step: state.step + 1, value: sha(`${state.step}${state.value}`) };
  save();
  appendFileSync(process.env.STEP_LOG, `${name} ${state.step} ${Date.now() - started}\n`);
  if (stop) process.exit(143);
}
// Slowly, so that kills find it half written.
for (const piece of state.value.match(/.{8}/g)) {
  writeFileSync(out, piece, { flag: 'a' });
  await sleep(5);
}
