import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { runVariants } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { dueMoves, type DueMove } from '@/server/runs/variants/due-moves';
import type { VariantRow } from '@/server/runs/variants/read-variants';
import { maskTokens } from '@/server/secrets/masked-text';
import { commitSchema, foundCheckpointsSchema, restoreReportSchema, type FoundCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-report';
import { storeCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';

const PATIENCE_MS = 300_000;
const putAwaySchema = foundCheckpointsSchema.extend({ kept: commitSchema.nullable() });

type Move = DueMove & { engine: ContainerEngine; signal: AbortSignal };

/**
 * Makes the worktrees of variants what their rows say: an archived one's files go into a checkpoint and its worktree is removed, one that is
 * wanted again gets both back. Only where the workspace runs; else it waits. For the worker that has the lead. What is about to be done
 * stands in the row first, and doing it again after a crash is safe.
 */
export async function moveWorktrees(engine: ContainerEngine, signal: AbortSignal): Promise<void> {
  for (const due of await dueMoves()) {
    signal.throwIfAborted();
    const { variant } = due;
    const isLeaving = variant.worktree === 'there' || variant.worktree === 'leaving';
    try {
      await (isLeaving ? putAway({ ...due, engine, signal }) : bringBack({ ...due, engine, signal }));
    } catch (error) {
      signal.throwIfAborted();
      await leaveIt(variant, isLeaving ? 'there' : 'away', error);
    }
  }
}

/** Restoring or resuming between the look at the rows and this comes first. */
async function putAway(move: Move): Promise<void> {
  const { variant } = move;
  if (variant.worktree === 'there') {
    const begun = await database().update(runVariants).set({ worktree: 'leaving' }).where(and(is(variant, 'there'), isNotNull(runVariants.archivedAt))).returning({ id: runVariants.runId });
    if (begun.length === 0) return;
  }
  await failpoint('variant.leaving');
  const { kept } = await ask(move, ['put-away', `worktrees/${variant.runId}`], 'Putting the files away', putAwaySchema);
  await failpoint('variant.put-away');
  await database().update(runVariants).set({ worktree: 'away', keptCommit: kept }).where(is(variant, 'leaving'));
}

async function bringBack(move: Move): Promise<void> {
  const { variant } = move;
  if (variant.worktree === 'away') {
    const begun = await database().update(runVariants).set({ worktree: 'coming' }).where(and(is(variant, 'away'), isNull(runVariants.archivedAt))).returning({ id: runVariants.runId });
    if (begun.length === 0) return;
  }
  await failpoint('variant.coming');
  // Where its run never came so far as to have a worktree, there is nothing to bring back.
  if (variant.keptCommit !== null) await ask(move, ['restore', `worktrees/${variant.runId}`, variant.keptCommit], 'Bringing the files back', restoreReportSchema);
  await database().update(runVariants).set({ worktree: 'there', keptCommit: null }).where(is(variant, 'coming'));
}

function is({ runId }: VariantRow, worktree: VariantRow['worktree']) {
  return and(eq(runVariants.runId, runId), eq(runVariants.worktree, worktree));
}

async function ask<T extends FoundCheckpoints>({ engine, workspace, containerId, signal }: Move, argv: readonly [string, ...string[]], what: string, shape: z.ZodType<T>): Promise<T> {
  return askWrapper(engine, { workspace, containerId, id: uuidv7(), argv, what, patienceMs: PATIENCE_MS, shape, signal }, async (report) => {
    await storeCheckpoints(workspace.id, { ...report, complete: false }); // it tells of one repository only
    return report;
  });
}

/** An engine that does not answer is asked again; every other reason is said on the variant, which stays as it was until somebody decides again. */
async function leaveIt(variant: VariantRow, worktree: 'there' | 'away', error: unknown): Promise<void> {
  if (!isAnyonError(error) || error.kind === 'unavailable' || error.kind === 'conflict') {
    log().warn({ err: error, runId: variant.runId }, 'variants: the worktree cannot be moved at this moment, looking again');
    return;
  }
  await database().update(runVariants).set({ worktree, worktreeProblem: maskTokens(error.message) }).where(eq(runVariants.runId, variant.runId));
}
