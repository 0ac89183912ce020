import { and, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { runs, workspaces, worktreePlaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';
import { commitSchema, foundCheckpointsSchema, restoreReportSchema, type FoundCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-report';
import { storeCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';

const PATIENCE_MS = 300_000;
const putAwaySchema = foundCheckpointsSchema.extend({ kept: commitSchema.nullable() });

type Place = typeof worktreePlaces.$inferSelect;

interface Move {
  engine: ContainerEngine;
  place: Place;
  workspaceId: string;
  containerId: string;
  signal: AbortSignal;
}

/**
 * Makes worktrees what retention and people have said of them: their files go into a checkpoint and the worktree is removed, or they are brought
 * back. Only where the workspace runs; else it waits. For the worker that has the lead. What is about to be done stands in the row before, and
 * doing it again after a crash is safe.
 */
export async function moveWorktreePlaces(engine: ContainerEngine, signal: AbortSignal): Promise<void> {
  const due = await database()
    .select({ place: worktreePlaces, workspaceId: workspaces.id, containerId: workspaces.containerId })
    .from(worktreePlaces)
    .innerJoin(runs, eq(runs.id, worktreePlaces.firstRunId))
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(and(inArray(worktreePlaces.state, ['leaving', 'coming']), eq(workspaces.status, 'running'), eq(workspaces.desired, 'running')));
  for (const { place, workspaceId, containerId } of due) {
    signal.throwIfAborted();
    if (containerId === null) continue;
    const move = { engine, place, workspaceId, containerId, signal };
    try {
      await (place.state === 'leaving' ? putAway(move) : bringBack(move));
    } catch (error) {
      signal.throwIfAborted();
      await leaveIt(place, error);
    }
  }
}

async function putAway(move: Move): Promise<void> {
  const { kept } = await ask(move, ['put-away', `worktrees/${move.place.firstRunId}`], 'Putting the files away', putAwaySchema);
  await failpoint('worktree.put-away');
  await settle(move.place, { state: 'away', keptCommit: kept });
}

async function bringBack(move: Move): Promise<void> {
  const { firstRunId, keptCommit } = move.place;
  if (keptCommit !== null) await ask(move, ['restore', `worktrees/${firstRunId}`, keptCommit], 'Bringing the files back', restoreReportSchema);
  await settle(move.place, { state: 'there', keptCommit: null, because: null });
}

async function settle(place: Place, set: Partial<Place>): Promise<void> {
  await database()
    .update(worktreePlaces)
    .set({ ...set, stateSince: sql`now()`, problem: null, problemAt: null })
    .where(and(eq(worktreePlaces.firstRunId, place.firstRunId), eq(worktreePlaces.state, place.state)));
}

async function ask<T extends FoundCheckpoints>({ engine, workspaceId, containerId, signal }: Move, argv: readonly [string, ...string[]], what: string, shape: z.ZodType<T>): Promise<T> {
  return askWrapper(engine, { workspace: { id: workspaceId }, containerId, id: uuidv7(), argv, what, patienceMs: PATIENCE_MS, shape, signal }, async (report) => {
    await storeCheckpoints(workspaceId, { ...report, complete: false }); // it tells of one repository only
    return report;
  });
}

/** An engine that does not answer is asked again; every other reason stands on the worktree, which stays where it was. */
async function leaveIt(place: Place, error: unknown): Promise<void> {
  if (!isAnyonError(error) || error.kind === 'unavailable' || error.kind === 'conflict') {
    log().warn({ err: error, runId: place.firstRunId }, 'retention: a worktree cannot be moved at this moment, looking again');
    return;
  }
  await database()
    .update(worktreePlaces)
    .set({ state: place.state === 'leaving' ? 'there' : 'away', stateSince: sql`now()`, problem: maskTokens(error.message), problemAt: sql`now()` })
    .where(and(eq(worktreePlaces.firstRunId, place.firstRunId), eq(worktreePlaces.state, place.state)));
}
