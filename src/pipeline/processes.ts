import { readdir, readFile, stat } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { inodeOf } from './stamps.ts';

/**
 * Every process that a command starts inherits a variable whose name says so. A process that leaves
 * its group and its session (torchrun's workers do) is still found by it, also by a later run.
 */
export function markOf(id: string): string {
  return `MODEL_CI_RUN_${id}`;
}

/** The processes with that variable, zombies left out; undefined where the system has no /proc. */
export async function markedProcesses(mark: string): Promise<readonly number[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const variable = Buffer.from(`${mark}=`);
  const found = await Promise.all(
    names.map(async (name) => {
      // What has ended meanwhile, or is another user's, is not one of ours.
      const environment = await readFile(`/proc/${name}/environ`).catch(() => Buffer.alloc(0));
      return environment.includes(variable) ? Number(name) : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined && pid !== process.pid) as readonly number[];
}

/** Inodes that marked processes have open for writing; undefined where nobody can tell. */
export async function inodesBeingWritten(mark: string): Promise<ReadonlySet<string> | undefined> {
  const pids = await markedProcesses(mark);
  if (!pids) return undefined;
  const files = await Promise.all(pids.map(writtenBy));
  return new Set(files.flat());
}

const ACCESS_MODE = 0o3;

async function writtenBy(pid: number): Promise<readonly string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const files = await Promise.all(
    descriptors.map(async (descriptor) => {
      try {
        const info = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8');
        const flags = parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
        if ((flags & ACCESS_MODE) === 0) return undefined;
        return inodeOf(await stat(`/proc/${pid}/fd/${descriptor}`, { bigint: true }));
      } catch {
        // Closed a moment ago.
        return undefined;
      }
    }),
  );
  return files.filter((file) => file !== undefined);
}

/** Ends marked processes at once; returns how many there were. */
export async function killMarked(mark: string): Promise<number> {
  let killed = 0;
  // What is being forked while the list is read is found the next time.
  for (let round = 0; round < 100; round++) {
    const pids = (await markedProcesses(mark)) ?? [];
    if (pids.length === 0) return killed;
    killed += pids.filter((pid) => send(pid, 'SIGKILL')).length;
  }
  return killed;
}

/** Whether there was somebody to receive it. A negative `pid` is a process group. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM';
  }
}

/**
 * What tells a process from a later one of the same number: when it started, in ticks since the
 * boot. '' where the system does not tell, undefined where there is no such process.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid <= 0 || !send(pid, 0)) return undefined;
  if (process.platform !== 'linux') return '';
  const fields = await statusOf(pid);
  return fields && (fields.state === 'Z' ? undefined : fields.start);
}

export async function isInGroup(pid: number, group: number | undefined): Promise<boolean> {
  return (await statusOf(pid))?.group === group;
}

/** proc_pid_stat(5): the second field is a name in parentheses, which may hold anything. */
async function statusOf(pid: number) {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], group: Number(fields[2]), start: fields[19] };
  } catch {
    return undefined;
  }
}
