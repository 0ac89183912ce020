import { isFinal, type RunView } from '@/contract/run';
import { AnyonError } from '@/server/errors';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { updateRun } from '@/server/runs/run-status';

/** Says of a run that ended badly that it needs nothing more: it leaves "Needs you". Safe to repeat; `conflict` while it is on. */
export async function dismissRun(access: RunAccess): Promise<RunView> {
  const { run } = access;
  if (!isFinal(run.status)) throw new AnyonError('conflict', `Run #${run.number} is still on.`);
  if (run.dismissedAt === null) await updateRun(database(), run, { dismissedAt: new Date() });
  return getRun(access);
}
