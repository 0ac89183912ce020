import type { RunView } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { database } from '@/server/database';
import { enqueueRun } from '@/server/queue/queue';
import type { RunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { moveRun } from '@/server/runs/run-status';

/**
 * Asks for the end of a run. One that has not begun, or that is parked, is `stopped` at once: no process of it is left. A live
 * one is `stopping` until every process of it is gone. A run that has ended stays what it is: stopping it again changes nothing.
 */
export async function stopRun(access: RunAccess): Promise<RunView> {
  await database().transaction((transaction) => askToStop(transaction, access));
  return getRun(access);
}

/** The same as part of a transaction: together with what a person has said that ends the run. */
export async function askToStop(transaction: DatabaseOrTransaction, { run, actor }: RunAccess): Promise<void> {
  const asked = { stopRequestedAt: new Date(), stopRequestedById: actor.userId };
  const never = await moveRun(transaction, run.id, {
    to: 'stopped',
    from: ['queued'],
    reason: run.attempt > 1 ? `Stopped by ${actor.login} before it went on.` : `Stopped by ${actor.login} before it began.`,
    set: { ...asked, finishedAt: new Date() },
  });
  if (never) return;
  const parked = await moveRun(transaction, run.id, {
    to: 'stopped',
    from: ['parked'],
    reason: `Stopped by ${actor.login} while it waited.`,
    set: { ...asked, parkedFor: null, parkedUntil: null, finishedAt: new Date() },
  });
  if (parked) return;
  const stopping = await moveRun(transaction, run.id, {
    to: 'stopping',
    from: ['starting', 'running', 'needs_you'],
    reason: `${actor.login} asked for it; Claude is interrupted, then every process of the run is ended.`,
    set: asked,
  });
  if (stopping) await enqueueRun(transaction, { runId: run.id });
}
