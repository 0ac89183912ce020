import { leastDays, type RetentionKind } from '@/contract/retention';
import type { PresentThing } from '@/server/system/retention/choose-removals';
import { presentAudit, presentTasks } from '@/server/system/retention/present-days';
import { presentConversations, presentLogs } from '@/server/system/retention/present-runs';
import { presentRemovedWork } from '@/server/system/retention/present-removed-work';
import { presentWorktrees } from '@/server/system/retention/present-worktrees';

const readers: Readonly<Record<RetentionKind, () => Promise<PresentThing[]>>> = {
  logs: presentLogs,
  conversations: presentConversations,
  worktrees: presentWorktrees,
  removed_work: presentRemovedWork,
  audit: presentAudit,
  tasks: presentTasks,
};

/** All that there is of a kind at this moment, what no rule touches as well. */
export async function presentThings(kind: RetentionKind): Promise<PresentThing[]> {
  const least = leastDays[kind];
  const youngest = Date.now() - least * 24 * 60 * 60 * 1000;
  const young = `not older than ${least} ${least === 1 ? 'day' : 'days'}`;
  return (await readers[kind]()).map((thing) => (thing.spared === null && least > 0 && thing.endedAt.getTime() >= youngest ? { ...thing, spared: young } : thing));
}
