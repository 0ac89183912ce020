import fs from 'node:fs';

/**
 * A pid alone is no identity (pids are reused, also after a reboot); pid and start time are. The start time is field 22 of
 * /proc/<pid>/stat, in clock ticks since boot (proc(5)). Null when there is no such process, or only its zombie.
 */
export function startTimeOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  }
}

/** @returns {{pid: number, startTime: string} | null} what to write into a pid file */
export function identify(pid) {
  const startTime = startTimeOf(pid);
  return startTime === null ? null : { pid, startTime };
}

/** True while exactly that process lives. */
export function lives(identity) {
  return Boolean(identity) && startTimeOf(identity.pid) === identity.startTime;
}

/** Name of the program, at most 15 characters; empty when it is gone. */
export function programOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw error;
  }
}
