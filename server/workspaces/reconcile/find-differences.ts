import type { Finding } from '@/server/workspaces/reconcile/finding';
import { judgeDirectories, orphanAges, type OrphanAges } from '@/server/workspaces/reconcile/judge-directories';
import { judgeLeftObjects, judgeLookAlikes } from '@/server/workspaces/reconcile/judge-look-alikes';
import { judgeRecovery } from '@/server/workspaces/reconcile/judge-recovery';
import { judgeTasks } from '@/server/workspaces/reconcile/judge-tasks';
import { judgeWorkspace } from '@/server/workspaces/reconcile/judge-workspace';
import type { KnownRows } from '@/server/workspaces/reconcile/known-rows';
import type { Machine } from '@/server/workspaces/reconcile/machine';

/**
 * Everything on which the machine and the database do not agree, each with what ends it. Pure: the same facts give the same
 * findings, in the order in which they are to be carried out (containers before networks before files). When each has been
 * carried out, the next comparison finds none of them again.
 */
export function findDifferences(machine: Machine, rows: KnownRows, ages: OrphanAges = orphanAges): Finding[] {
  const workspaces = [...rows.workspaces.values()];
  return [
    ...workspaces.flatMap((known) => judgeWorkspace(known, rows, machine)),
    ...workspaces.flatMap((known) => judgeRecovery(known, machine.at)),
    ...workspaces.flatMap((known) => judgeTasks(known, machine.at)),
    ...judgeLeftObjects(rows, machine),
    ...judgeDirectories(rows, machine, ages),
    ...judgeLookAlikes(rows, machine),
  ];
}
