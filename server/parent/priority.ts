import { writeFileSync } from 'node:fs';
import os from 'node:os';

/** Half as much again as a process of no priority (kernel/sched/core.c, sched_prio_to_weight). */
const BEFORE_WORKSPACES = -2;
/** This process may not (it is not root), or this kernel does not go by it. */
const NOT_HERE: readonly string[] = ['EACCES', 'EPERM', 'ENOENT', 'EROFS', 'EIO'];

/**
 * Lets this process, and all that it starts from now on, have the processor before what runs in workspaces: fifty busy runs would
 * otherwise leave the server so small a share that pages answer after seconds. It takes little itself. Where this process may not go
 * ahead, all stays as it is. A kernel that shares by session (sched_autogroup) goes by the priority of the whole session.
 */
export function goBeforeWorkspaces(): void {
  whereAllowed(() => os.setPriority(BEFORE_WORKSPACES));
  whereAllowed(() => writeFileSync('/proc/self/autogroup', String(BEFORE_WORKSPACES)));
}

function whereAllowed(change: () => void): void {
  try {
    change();
  } catch (error) {
    const { code, info } = error as NodeJS.ErrnoException & { info?: { code?: string } };
    if (!NOT_HERE.includes(info?.code ?? code ?? '')) throw error; // node:os hides the system's word in `info`
  }
}
