import { writeFileSync } from 'node:fs';
import os from 'node:os';

/** Half as much again as a process of no priority (kernel/sched/core.c, sched_prio_to_weight). */
const BEFORE_WORKSPACES = -2;

/**
 * Lets this process, and all that it starts from now on, have the processor before what runs in workspaces: fifty busy runs would
 * otherwise leave the server so small a share that pages answer after seconds. It takes little itself. A kernel that shares by session
 * (sched_autogroup) goes by the priority of the whole session. Where the system refuses, for whatever reason, all stays as it is: a
 * process may not (it is not root), the kernel does not go by sessions, or this session is the kernel's first one, whose priority
 * cannot be changed (EINVAL; kernel/sched/autogroup.c).
 */
export function goBeforeWorkspaces(): void {
  whereAllowed(() => os.setPriority(BEFORE_WORKSPACES));
  whereAllowed(() => writeFileSync('/proc/self/autogroup', String(BEFORE_WORKSPACES)));
}

function whereAllowed(change: () => void): void {
  try {
    change();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error; // a defect of ours, and no word of the system
  }
}
