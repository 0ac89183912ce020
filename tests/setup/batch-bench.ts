import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { BatchAction, BatchWithItems } from '@/contract/batch';
import type { WorkspaceStatus } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { requireBatchAccess } from '@/server/workspaces/batches/access';
import { getBatchWithItems } from '@/server/workspaces/batches/batch-queries';
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';

/** Rows of so many cloned workspaces, without containers behind them; returns their ids. */
export async function addWorkspaces(count: number, owner: Actor, status: WorkspaceStatus = 'stopped', name = 'api'): Promise<string[]> {
  const common = { ownerId: owner.userId, repositoryUrl: 'https://github.com/owner/repository', image: 'anyon-claude:latest', memoryBytes: 1024 ** 3, cpus: 1, pids: 512, steps: freshSteps(), clonedAt: new Date() };
  const desired = status === 'running' ? ('running' as const) : ('stopped' as const);
  const rows = Array.from({ length: count }, (_, index) => ({ ...common, id: uuidv7(), name: `${name}-${index}`, status, desired }));
  await database().insert(workspaces).values(rows);
  return rows.map(({ id }) => id);
}

/** Asks for a batch over these workspaces; returns its id. */
export async function startedBatch(actor: Actor, action: BatchAction, workspaceIds: string[]): Promise<string> {
  return (await startBatch(actor, { action, selection: { workspaceIds } })).batchId;
}

/** The batch with its items, as this person may see it. */
export async function readBatch(actor: Actor, batchId: string): Promise<BatchWithItems> {
  return getBatchWithItems(await requireBatchAccess(actor, batchId));
}

/** Waits until the batch is as wanted; the time limit is that of the test. */
export async function untilBatch(actor: Actor, batchId: string, done: (batch: BatchWithItems) => boolean): Promise<BatchWithItems> {
  for (;;) {
    const batch = await readBatch(actor, batchId);
    if (done(batch)) return batch;
    await sleep(20);
  }
}

export const isOver = (batch: BatchWithItems): boolean => batch.finishedAt !== null;
