import fs from 'node:fs';

/** A pid is reused, also after a reboot; together with its start time it names one process. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot (proc(5)). */
  startTime: string;
}

/** Null when there is no such process, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const stat = readProc(pid, 'stat');
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in front may hold blanks and brackets
  const [state, startTime] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || startTime === undefined ? null : { pid, startTime };
}

/** True while exactly that process lives. */
export function processLives(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** Name of the program (at most 15 characters) and its current directory; null when it is gone or not ours to see. */
export function describeProcess(pid: number): { program: string; directory: string } | null {
  const program = readProc(pid, 'comm');
  if (program === null) return null;
  try {
    return { program: program.trim(), directory: fs.readlinkSync(`/proc/${pid}/cwd`) };
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return null;
    throw error;
  }
}

function readProc(pid: number, file: string): string | null {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}
