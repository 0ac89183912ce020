import { and, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { MaskedText } from '@/contract/masked-text';
import { isFinal } from '@/contract/run';
import type { PublishStep } from '@/contract/publishing';
import { publishStepRows, users } from '@/db/schema';
import type { RebaseConflict } from '@/db/schema/publishing';
import { database } from '@/server/database';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { RunAccess } from '@/server/runs/access';
import { lockNewestRun } from '@/server/runs/next-run';

/** A process that dies is out of it after so long; the sweep then takes away what it left. */
const LEASE = sql`interval '20 seconds'`;
const RENEW_MS = 5_000;
const TELL_EVERY_MS = 2_000;

/** The one who works in a worktree. */
export interface PublishLease {
  /** Names the command in the container, and its secrets. */
  id: string;
  /** Says what git says at the moment; more often than every two seconds is left out. */
  tell: (progress: MaskedText) => Promise<void>;
  /** What stays to be shown until the next step. */
  leave: (conflict: RebaseConflict) => void;
}

const words: Record<PublishStep, string> = {
  commit: 'A commit', push: 'A push', fetch: 'A look at the base branch', rebase: 'A rebase', pull_request: 'A pull request',
};

/**
 * Does `work` as the only one who commits, pushes or rebases in this worktree: a second click is refused with `conflict`, also in another process,
 * and so is a worktree in which a run is at work.
 */
export async function withPublishLease<T>(access: RunAccess, firstRunId: string, step: PublishStep, work: (lease: PublishLease) => Promise<T>): Promise<T> {
  const id = await take(access, firstRunId, step);
  const mine = and(eq(publishStepRows.firstRunId, firstRunId), eq(publishStepRows.id, id));
  const renewal = setInterval(() => {
    database().update(publishStepRows).set({ leaseUntil: until() }).where(mine).catch((error: unknown) => log().warn({ firstRunId, reason: describeError(error) }, 'publishing: the lease cannot be renewed'));
  }, RENEW_MS);
  let told = 0;
  const tell = async (progress: MaskedText) => {
    if (Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    await database().update(publishStepRows).set({ progress }).where(mine);
  };
  let conflict: RebaseConflict | null = null;
  const leave = (left: RebaseConflict) => void (conflict = left);
  try {
    return await work({ id, tell, leave });
  } finally {
    clearInterval(renewal);
    await database().update(publishStepRows).set({ leaseUntil: new Date(0), endedAt: sql`now()`, progress: null, conflict }).where(mine);
  }
}

/** By the clock of the database, which is everybody's. */
function until() {
  return sql`now() + ${LEASE}`;
}

async function take({ actor, run }: RunAccess, firstRunId: string, step: PublishStep): Promise<string> {
  const id = uuidv7();
  return database().transaction(async (tx) => {
    const newest = await lockNewestRun(tx, run);
    if (!isFinal(newest.status)) throw new AnyonError('conflict', `Run #${newest.number} is at work in these files. Wait for its end, or stop it.`);
    const fresh = { id, runId: run.id, startedById: actor.userId, step, progress: null, startedAt: new Date(), leaseUntil: until(), endedAt: null };
    const [taken] = await tx
      .insert(publishStepRows)
      .values({ firstRunId, ...fresh })
      .onConflictDoUpdate({ target: publishStepRows.firstRunId, set: fresh, setWhere: sql`${publishStepRows.leaseUntil} < now()` })
      .returning({ id: publishStepRows.id });
    if (taken) return taken.id;
    const [other] = await tx.select({ step: publishStepRows.step }).from(publishStepRows).where(eq(publishStepRows.firstRunId, firstRunId));
    throw new AnyonError('conflict', `${words[other?.step ?? step]} is under way in these files already. Wait for its end.`);
  });
}

/** The present or last step in a worktree; `isOn` while somebody works there. */
export async function publishStepIn(firstRunId: string): Promise<(typeof publishStepRows.$inferSelect & { by: string; isOn: boolean }) | null> {
  const [found] = await database()
    .select({ row: publishStepRows, by: users.login, isOn: sql<boolean>`${publishStepRows.leaseUntil} > now()` })
    .from(publishStepRows)
    .innerJoin(users, eq(users.id, publishStepRows.startedById))
    .where(eq(publishStepRows.firstRunId, firstRunId));
  return found ? { ...found.row, by: found.by, isOn: found.isOn } : null;
}

/** Of these ids, those of steps that are under way: what was put in place for them is still needed. */
export async function liveLeases(ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await database()
    .select({ id: publishStepRows.id })
    .from(publishStepRows)
    .where(and(inArray(publishStepRows.id, [...ids]), sql`${publishStepRows.leaseUntil} > now()`));
  return new Set(rows.map(({ id }) => id));
}
