import { setTimeout as sleep } from 'node:timers/promises';
import { isNull } from 'drizzle-orm';
import { batches } from '@/db/schema';
import { database } from '@/server/database';
import { log } from '@/server/log';
import type { Pace } from '@/server/workspaces/batches/pace';
import { workBatch } from '@/server/workspaces/batches/work-batch';

const LOOK_EVERY_MS = 500;

/**
 * A background loop of the worker: sees every batch through that is not over, those of a worker before it too. Returns when the
 * signal is aborted and nothing of a batch is written any more.
 */
export async function runBatches(signal: AbortSignal, pace?: Pace): Promise<void> {
  const active = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    try {
      for (const { id } of await database().select({ id: batches.id }).from(batches).where(isNull(batches.finishedAt))) {
        if (!active.has(id)) active.set(id, seeThrough(id, signal, pace).finally(() => active.delete(id)));
      }
    } catch (error) {
      log().warn({ err: error }, 'batches: cannot be read at this moment, trying again');
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {}); // only an abort ends the pause early; the loop sees it
  }
  await Promise.all(active.values());
}

/** What is thrown says nothing about the batch (the database is away): the next look takes it up again. */
async function seeThrough(batchId: string, signal: AbortSignal, pace: Pace | undefined): Promise<void> {
  try {
    await workBatch(batchId, signal, pace);
  } catch (error) {
    if (!signal.aborted) log().warn({ err: error, batchId }, 'batches: interrupted, trying again');
  }
}
