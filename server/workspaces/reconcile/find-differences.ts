import { finding, type Finding } from '@/server/workspaces/reconcile/finding';
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
    ...judgeWorkThatIsOver(rows),
    ...judgeProtection(rows, machine),
    ...judgeLookAlikes(rows, machine),
  ];
}

function judgeWorkThatIsOver(rows: KnownRows): Finding[] {
  return rows.workThatIsOver.map(({ id, name, bytes, workspaceId }) =>
    finding({
      object: 'checkpoint-bundle',
      name,
      workspaceId,
      action: 'remove',
      reason: 'The time for which the work of this deleted workspace was kept is over, or somebody has it back. It is removed.',
      freesBytes: bytes,
      effect: { do: 'discard-work', id, workspaceId },
    }),
  );
}

function judgeProtection(rows: KnownRows, { protection }: Machine): Finding[] {
  if (!protection) return [];
  const { firewallProblem, maySetFirewall, withoutQuota } = protection;
  const about = { object: 'firewall' as const, name: 'rules of this install', workspaceId: null, reason: firewallProblem ?? '' };
  const firewall = firewallProblem === null ? [] : [maySetFirewall ? finding({ ...about, action: 'repair', effect: { do: 'set-firewall' } }) : finding({ ...about, action: 'leave', effect: null })];
  const quota = [...rows.workspaces.values()]
    .filter(({ row, openTask }) => row.diskBytes !== null && !openTask && withoutQuota.has(row.id))
    .map(({ row }) => finding({ object: 'quota', name: row.name, workspaceId: row.id, action: 'repair', reason: 'The file system does not hold its files to its disk limit, although it could. The limit is set again.', effect: { do: 'apply-quota', row } }));
  return [...firewall, ...quota];
}
