import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { DatabaseOrTransaction } from '@/db/client';
import { databaseUrl } from '@/server/database';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';

/**
 * Durable jobs, kept in Postgres by pg-boss. A job is enqueued in the transaction that writes the row it is about, so
 * there is never one without the other. Delivery is at least once: handlers are safe to repeat and fenced by the row.
 */
export const workspaceJobSchema = z.object({
  task: z.enum(['create', 'start', 'stop', 'delete']),
  workspaceId: z.uuid(),
  /** The row's fence when the task was asked for; a higher one in the row means that this task is superseded. */
  fence: z.number().int(),
});
export type WorkspaceJob = z.infer<typeof workspaceJobSchema>;

/** "Look at this run": start it, stop it, or take it over. What to do is read from the row. */
export const runJobSchema = z.object({ runId: z.uuid() });
export type RunJob = z.infer<typeof runJobSchema>;

export const WORKSPACE_QUEUE = 'workspace-task';
export const RUN_QUEUE = 'run';

/** After so many failed tries a handler gives up, in words. */
const WORKSPACE_TASK_TRIES = 4;
/** Deaths of the worker count as tries for the queue too, and a job that it gives up blocks its workspace: so it never should. */
const QUEUE_RETRIES = 100;

async function openQueue(role: 'sender' | 'worker'): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: databaseUrl(),
    max: role === 'worker' ? 5 : 2,
    supervise: role === 'worker',
    schedule: false,
    useListenNotify: role === 'worker',
  });
  boss.on('error', (error) => log().warn({ err: error }, 'queue: the connection to Postgres failed, trying again'));
  await boss.start();
  await boss.createQueue(WORKSPACE_QUEUE, {
    policy: 'key_strict_fifo', // one task at a time per workspace, in the order asked for
    retryLimit: QUEUE_RETRIES,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
    expireInSeconds: 2 * 60 * 60,
    heartbeatSeconds: 10,
    notify: true,
  });
  await boss.createQueue(RUN_QUEUE, { policy: 'standard', retryLimit: 5, retryDelay: 1, retryBackoff: true, expireInSeconds: 120, notify: true });
  return boss;
}

/** The queue as a process that only sends uses it (web). A failed start is tried again at the next call. */
function sender(): Promise<PgBoss> {
  const state = senderState();
  state.boss ??= openQueue('sender').catch((error: unknown) => {
    delete state.boss;
    throw error;
  });
  return state.boss;
}

function senderState(): { boss?: Promise<PgBoss> } {
  return processState('queue-sender', () => ({}));
}

/** Lets go of the sender's connections; the next call opens them again. */
export async function closeSender(): Promise<void> {
  const state = senderState();
  const boss = await state.boss;
  delete state.boss;
  await boss?.stop({ graceful: false });
}

/** Puts a workspace task into the queue as part of the caller's transaction. */
export async function enqueueWorkspaceTask(transaction: DatabaseOrTransaction, job: WorkspaceJob): Promise<void> {
  const boss = await sender();
  await boss.send(WORKSPACE_QUEUE, job, { singletonKey: job.workspaceId, db: fromDrizzle(transaction, sql) });
}

/** Asks the worker to look at a run, as part of the caller's transaction. */
export async function enqueueRun(transaction: DatabaseOrTransaction, job: RunJob): Promise<void> {
  const boss = await sender();
  await boss.send(RUN_QUEUE, job, { db: fromDrizzle(transaction, sql) });
}

export interface JobHandlers {
  /** `lastTry` is true when the handler must settle the task, in success or in a stored reason; it must not throw then. */
  onWorkspaceTask: (job: WorkspaceJob, context: { lastTry: boolean; signal: AbortSignal }) => Promise<void>;
  onRun: (job: RunJob) => Promise<void>;
}

/** Starts working: at most three workspace tasks at once, never two for one workspace. Returns the function that stops it. */
export async function workQueue(handlers: JobHandlers): Promise<() => Promise<void>> {
  const boss = await openQueue('worker');
  const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 };
  await boss.work(WORKSPACE_QUEUE, { ...polling, localConcurrency: 3, includeMetadata: true }, async ([job]) => {
    if (!job) return;
    const lastTry = job.retryCount + 1 >= WORKSPACE_TASK_TRIES;
    await handlers.onWorkspaceTask(workspaceJobSchema.parse(job.data), { lastTry, signal: job.signal });
  });
  await boss.work(RUN_QUEUE, { ...polling, localConcurrency: 2 }, async ([job]) => {
    if (job) await handlers.onRun(runJobSchema.parse(job.data));
  });
  return () => boss.stop({ graceful: true, timeout: 5_000 });
}
