import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { DatabaseOrTransaction } from '@/db/client';
import { databaseUrl, rawDatabase } from '@/server/database';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';

/**
 * Durable wake-ups, kept in Postgres by pg-boss. A job only says "look at this row" and is enqueued in the transaction that
 * writes the row, so there is never one without the other. What a row says decides: retries, pauses and strikes are counted
 * there, a job is delivered once and a further look is a further job. Delivery is at least once, so handlers are safe to repeat.
 */
const taskJobSchema = z.object({ taskId: z.uuid(), workspaceId: z.uuid() });
export type TaskJob = z.infer<typeof taskJobSchema>;

/** "Look at this run": start it, stop it, or take it over. What to do is read from the row. */
const runJobSchema = z.object({ runId: z.uuid() });
export type RunJob = z.infer<typeof runJobSchema>;

/** When to look, and what goes first. */
export interface TaskDelivery extends TaskJob {
  /** Whose workspace it is: nobody's tasks take every place. */
  ownerId: string;
  /** Higher goes first. */
  priority: number;
  /** A moment, or seconds from now, both by the database's clock; null: at once. */
  notBefore: Date | number | null;
}

const TASK_QUEUE = 'workspace-task';
const RUN_QUEUE = 'run';

const taskQueue = {
  // A handler that throws could not even reach the rows; a job that the queue gave up on would block its workspace, so it never does.
  retryLimit: 1_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 15,
  expireInSeconds: 23 * 60 * 60, // cloning may take hours; an attempt without progress ends long before
  heartbeatSeconds: 10,
  notify: true,
} as const;
const runQueue = { policy: 'standard', retryLimit: 5, retryDelay: 1, retryBackoff: true, expireInSeconds: 120, notify: true } as const;

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
  await boss.createQueue(TASK_QUEUE, { ...taskQueue, policy: 'key_strict_fifo' }); // one at a time per workspace, in the order asked for
  await boss.createQueue(RUN_QUEUE, runQueue);
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

/** Opens the connections that sending needs. The first call takes a moment; callers that are short of time do it beside something else. */
export async function openSender(): Promise<void> {
  await sender();
}

/** Lets go of the sender's connections; the next call opens them again. */
export async function closeSender(): Promise<void> {
  const state = senderState();
  const boss = await state.boss;
  delete state.boss;
  await boss?.stop({ graceful: false });
}

/** Asks the worker to look at a task, as part of the caller's transaction. */
export async function enqueueTask(transaction: DatabaseOrTransaction, delivery: TaskDelivery): Promise<void> {
  const boss = await sender();
  await boss.send(TASK_QUEUE, jobOf(delivery), { ...sendingOf(delivery), db: fromDrizzle(transaction, sql) });
}

function jobOf({ taskId, workspaceId }: TaskDelivery): TaskJob {
  return { taskId, workspaceId };
}

function sendingOf({ workspaceId, ownerId, priority, notBefore }: TaskDelivery) {
  return { singletonKey: workspaceId, group: { id: ownerId }, priority, ...(notBefore && { startAfter: notBefore }) };
}

/** The tasks for which there is a job that will be, or is being, delivered. */
export async function queuedTaskIds(): Promise<Set<string>> {
  const sql = rawDatabase();
  const [made] = await sql`select to_regclass('pgboss.job') as found`;
  if (!made?.['found']) return new Set(); // nobody has opened the queue yet
  const jobs = await sql<{ id: string }[]>`select data->>'taskId' as id from pgboss.job where name = ${TASK_QUEUE} and state < 'completed'`;
  return new Set(jobs.map(({ id }) => id));
}

/** Asks the worker to look at a run, as part of the caller's transaction. */
export async function enqueueRun(transaction: DatabaseOrTransaction, job: RunJob): Promise<void> {
  const boss = await sender();
  await boss.send(RUN_QUEUE, job, { db: fromDrizzle(transaction, sql) });
}

export interface QueueHandlers {
  /** How many tasks of one person at the same time; with those of others one more. */
  workers: number;
  /** Every task that is not final, as the rows have it. */
  openTasks: () => Promise<readonly TaskDelivery[]>;
  /** Must settle what it began; what it throws means only that the rows could not be reached, and it is called again. */
  onTask: (job: TaskJob) => Promise<void>;
  onRun: (job: RunJob) => Promise<void>;
}

/**
 * Starts working, never on two tasks of one workspace at once. Only for the holder of the lead: whatever the queue still has
 * in work belongs to a worker that is gone, so it is emptied and filled again from the rows. Nothing waits for a dead worker's
 * heartbeat to run out. Returns the function that stops it.
 */
export async function workQueue(handlers: QueueHandlers): Promise<() => Promise<void>> {
  const boss = await openQueue('worker');
  await boss.updateQueue(TASK_QUEUE, taskQueue); // an older release may have made it otherwise
  await boss.deleteAllJobs(TASK_QUEUE);
  // Read after the emptying: a task asked for in between is here twice, which is harmless, and never not at all.
  for (const delivery of await handlers.openTasks()) await boss.send(TASK_QUEUE, jobOf(delivery), sendingOf(delivery));
  const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 };
  // One place more than one person's tasks may take: whoever's hang, somebody else's go on.
  const places = { localConcurrency: handlers.workers + 1, localGroupConcurrency: handlers.workers };
  await boss.work(TASK_QUEUE, { ...polling, ...places }, async ([job]) => {
    if (job) await handlers.onTask(taskJobSchema.parse(job.data));
  });
  await boss.work(RUN_QUEUE, { ...polling, localConcurrency: 2 }, async ([job]) => {
    if (job) await handlers.onRun(runJobSchema.parse(job.data));
  });
  return () => boss.stop({ graceful: true, timeout: 5_000 });
}
