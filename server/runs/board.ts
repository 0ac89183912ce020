import { alias } from 'drizzle-orm/pg-core';
import { and, desc, eq, gt, inArray, isNull, not, or, sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { boardCardSchema, type BoardCard, type BoardColumn, type boardInput } from '@/contract/board';
import { isFinal, runStatuses } from '@/contract/run';
import { builtOnce } from '@/db/built-once';
import { columnsAsOne } from '@/db/columns-as-one';
import { runs, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { nextStepOf } from '@/server/runs/next-step';
import { liveRunStatuses } from '@/server/runs/run-status';
import { isArchivedRun, variantMark } from '@/server/runs/variants/variant-mark';

/** More live runs than one VM carries; a bound all the same. */
const MOST_LIVE = 500;
const badEnds = ['failed', 'interrupted', 'lost'] as const;
const finalStatuses = runStatuses.filter(isFinal);
const later = alias(runs, 'later');
/** As the index `runs_ended_order` has it: what is asked for by it costs as much as there is of it, not as much as there ever was. */
const endedOrder = sql`coalesce(${runs.finishedAt}, ${runs.createdAt})`;

/**
 * All runs that are on, and the newest of those that are over, over all workspaces that count for the actor. A bad end needs somebody until its
 * conversation goes on, somebody dismisses it, or it is three days old.
 */
export async function readBoard(actor: Actor, { of, doneLimit, archived }: z.output<typeof boardInput>): Promise<BoardCard[]> {
  const everybodys = of === 'all' && actor.role === 'admin';
  const found = (part: Part, limit: number) => partOfBoard(database(), part, everybodys).execute({ ownerId: actor.userId, limit });
  const [live, open, done] = await Promise.all([found('live', MOST_LIVE), found('open', MOST_LIVE), found(archived ? 'ended' : 'ended and not archived', doneLimit)]);
  const needing = new Set(open.map(({ run }) => run.id));
  const over = done.filter(({ run }) => !needing.has(run.id));
  return [
    ...live.map((found) => toCard(found, liveColumn(found.run))),
    ...open.map((found) => toCard(found, 'needs_you')),
    ...over.map((found) => toCard(found, 'done')),
  ];
}

/** What a card shows and is judged by: a run may hold a prompt of a quarter of a megabyte, and its last answer. */
const cardColumns = {
  id: runs.id, workspaceId: runs.workspaceId, number: runs.number, branch: runs.branch, status: runs.status,
  statusReason: runs.statusReason, statusSince: runs.statusSince, outOfMemory: runs.outOfMemory, attempt: runs.attempt, limitReached: runs.limitReached,
  parkedFor: runs.parkedFor, parkedUntil: runs.parkedUntil, lastSaid: runs.lastSaid, changedFiles: runs.changedFiles,
  costUsd: runs.costUsd, createdAt: runs.createdAt, finishedAt: runs.finishedAt,
};
/** Its beginning, in which the first line lies that says something. */
const promptBegins = sql<string>`left(ltrim(${runs.prompt}, e' \t\r\n'), 1000)`;
const MOST_OF_A_TITLE = 300;

type Part = 'live' | 'open' | 'ended' | 'ended and not archived';

const partOfBoard = builtOnce('part_of_board', (db, part: Part, everybodys: boolean) =>
  db
    .select({ run: columnsAsOne(cardColumns), promptBegins, workspaceName: workspaces.name, owner: { id: users.id, login: users.login }, variant: variantMark })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .innerJoin(users, eq(users.id, workspaces.ownerId))
    .where(and(everybodys ? undefined : eq(workspaces.ownerId, sql.placeholder('ownerId')), isPart(part)))
    .orderBy(desc(endedOrder), desc(runs.id))
    .limit(sql.placeholder('limit')),
);

function isPart(part: Part): SQL | undefined {
  switch (part) {
    case 'live': // archived or not: what is on is shown until it has ended
      return inArray(runs.status, [...liveRunStatuses]);
    case 'open':
      return and(not(isArchivedRun), needsSomebody());
    case 'ended':
      return inArray(runs.status, finalStatuses);
    case 'ended and not archived':
      return and(not(isArchivedRun), inArray(runs.status, finalStatuses));
  }
}

/** Nothing came after it: neither another run of its conversation nor one that began where it did. */
function needsSomebody(): SQL | undefined {
  const after = database()
    .select({ id: later.id })
    .from(later)
    .where(and(eq(later.workspaceId, runs.workspaceId), gt(later.number, runs.number), or(eq(later.claudeSessionId, runs.claudeSessionId), eq(later.retriesRunId, runs.id))));
  // The offset keeps Postgres from making one join of it, for which it would read all runs there ever were: the few that ended badly are asked one by one.
  const nothingAfter = sql`not exists (${after} offset 0)`;
  return and(inArray(runs.status, [...badEnds]), isNull(runs.dismissedAt), gt(runs.finishedAt, sql`now() - interval '3 days'`), gt(endedOrder, sql`now() - interval '3 days'`), nothingAfter);
}

type Found = Awaited<ReturnType<ReturnType<typeof partOfBoard>['execute']>>[number];

function liveColumn({ status, parkedFor }: Found['run']): BoardColumn {
  if (status === 'needs_you' || (status === 'parked' && (parkedFor === 'claude_sign_in' || parkedFor === 'github_sign_in'))) return 'needs_you';
  return status === 'queued' || status === 'parked' ? 'waiting' : 'working';
}

function toCard({ run, promptBegins: prompt, workspaceName, owner, variant }: Found, column: BoardColumn): BoardCard {
  return boardCardSchema.parse({
    ...run,
    runId: run.id,
    workspaceName,
    owner,
    variant,
    column,
    title: prompt.split('\n').find((line) => line.trim() !== '')?.trim().slice(0, MOST_OF_A_TITLE) ?? '',
    nextStep: nextStepOf(run),
    files: run.changedFiles.length,
    additions: run.changedFiles.reduce((sum, file) => sum + (file.additions ?? 0), 0),
    deletions: run.changedFiles.reduce((sum, file) => sum + (file.deletions ?? 0), 0),
  });
}
