/**
 * Loaded before the command (node --import): every call that changes a file, starts a process or
 * asks a server is a boundary, and the process is killed before the one that KILL_BEFORE says:
 * a number, or text that its name and first arguments hold. 0 counts only. The last line of the file
 * KILL_COUNT is how many there were.
 */
import childProcess from 'node:child_process';
import fs, { writeFileSync } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const wanted = process.env.KILL_BEFORE ?? '0';
const report = process.env.KILL_COUNT;
let boundaries = 0;

function boundary(description) {
  boundaries += 1;
  if (report !== undefined) writeFileSync(report, String(boundaries));
  const here = /^\d+$/.test(wanted) ? boundaries === Number(wanted) : description.includes(wanted);
  if (here) process.kill(process.pid, 'SIGKILL');
}

function watch(owner, names) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (...given) {
      boundary([name, ...given.slice(0, 2)].join(' '));
      return original.apply(this, given);
    };
  }
}

const handle = await fs.promises.open('/dev/null');
watch(Object.getPrototypeOf(handle), ['write', 'writev', 'sync', 'truncate']);
await handle.close();
watch(fs.promises, ['rename', 'rm', 'mkdir', 'writeFile', 'open', 'utimes', 'chmod', 'copyFile']);
watch(childProcess, ['spawn']);
watch(http, ['request']);
syncBuiltinESMExports();
