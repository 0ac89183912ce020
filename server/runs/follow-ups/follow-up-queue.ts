import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { followUpViewSchema, MOST_FOLLOW_UPS, type FollowUpQueue, type FollowUpView } from '@/contract/follow-up';
import { builtOnce } from '@/db/built-once';
import type { DatabaseOrTransaction } from '@/db/client';
import { followUps, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { lockNewestRun, newestRunOf } from '@/server/runs/next-run';
import type { RunRow } from '@/server/runs/run-status';

export type FollowUpRow = typeof followUps.$inferSelect;

/** What waits behind a conversation's newest run, in the order in which it is carried out. */
export function waitingBehind(db: DatabaseOrTransaction, newestRunId: string): Promise<FollowUpRow[]> {
  return waitingFollowUps(db).execute({ newestRunId });
}

const waitingFollowUps = builtOnce('waiting_follow_ups', (db) =>
  db
    .select()
    .from(followUps)
    .where(and(eq(followUps.runId, sql.placeholder('newestRunId')), eq(followUps.status, 'waiting')))
    .orderBy(asc(followUps.position), asc(followUps.createdAt), asc(followUps.id)),
);

/** The queue of the conversation that a run belongs to. */
export async function readQueue(access: RunAccess): Promise<FollowUpQueue> {
  const newest = await newestRunOf(database(), access.run);
  const waiting = await waitingBehind(database(), newest.id);
  const logins = await loginsOf(waiting);
  return { newestRun: { id: newest.id, number: newest.number, status: newest.status }, waiting: waiting.map((row) => toView(row, logins)) };
}

/** Does `work` with the queue of a conversation; nobody else changes it, and no run of it begins, meanwhile. */
export async function withQueue<Result>(access: RunAccess, work: (transaction: DatabaseOrTransaction, queue: { newest: RunRow; waiting: FollowUpRow[] }) => Promise<Result>): Promise<Result> {
  return database().transaction(async (transaction) => {
    const newest = await lockNewestRun(transaction, access.run);
    return work(transaction, { newest, waiting: await waitingBehind(transaction, newest.id) });
  });
}

/** The one of these that has this id. Throws `conflict` when it waits no more. */
export function findWaiting(waiting: readonly FollowUpRow[], followUpId: string): FollowUpRow {
  const found = waiting.find(({ id }) => id === followUpId);
  if (!found) throw new AnyonError('conflict', 'This follow-up waits no more: it has become a run, or somebody took it back.');
  return found;
}

export function assertHasRoom(waiting: readonly FollowUpRow[]): void {
  if (waiting.length < MOST_FOLLOW_UPS) return;
  throw new AnyonError('limit_reached', `${MOST_FOLLOW_UPS} follow-ups wait in this conversation already. Wait until some are done, or cancel some.`);
}

async function loginsOf(rows: readonly FollowUpRow[]): Promise<ReadonlyMap<string, string>> {
  if (rows.length === 0) return new Map();
  const people = await database().select({ id: users.id, login: users.login }).from(users).where(inArray(users.id, rows.map(({ createdById }) => createdById)));
  return new Map(people.map(({ id, login }) => [id, login]));
}

function toView(row: FollowUpRow, logins: ReadonlyMap<string, string>): FollowUpView {
  return followUpViewSchema.parse({ ...row, createdBy: { id: row.createdById, login: logins.get(row.createdById) ?? 'somebody' } });
}
