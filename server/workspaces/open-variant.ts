import { eq, type SQL } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { runVariants, worktreePlaces } from '@/db/schema';
import { AnyonError } from '@/server/errors';

type Variant = typeof runVariants.$inferSelect;
type Place = typeof worktreePlaces.$inferSelect;

/** A conversation, by its Claude session or by the run with which it began. */
type Conversation = { claudeSessionId: string } | { firstRunId: string };

/** Why nobody can work in this conversation: it is a variant that is archived or whose files are not back yet, or retention has put its files away. Null for every other one. */
export async function variantObstacle(db: DatabaseOrTransaction, conversation: Conversation): Promise<string | null> {
  const [variant] = await db.select().from(runVariants).where(isOf(conversation));
  const closed = variant ? obstacleOf(variant) : null;
  if (closed !== null) return closed;
  const [place] = await db.select().from(worktreePlaces).where('firstRunId' in conversation ? eq(worktreePlaces.firstRunId, conversation.firstRunId) : eq(worktreePlaces.claudeSessionId, conversation.claudeSessionId));
  return place ? filesAwayObstacle(place) : null;
}

/** Throws that as `precondition`. For whoever has locked the workspace's row, as those do who archive: it stays true until their transaction ends. */
export async function assertOpenVariant(transaction: DatabaseOrTransaction, conversation: Conversation): Promise<void> {
  const obstacle = await variantObstacle(transaction, conversation);
  if (obstacle !== null) throw new AnyonError('precondition', obstacle);
}

function isOf(conversation: Conversation): SQL {
  return 'firstRunId' in conversation ? eq(runVariants.runId, conversation.firstRunId) : eq(runVariants.claudeSessionId, conversation.claudeSessionId);
}

function obstacleOf({ archivedAt, worktree, worktreeProblem }: Variant): string | null {
  if (archivedAt !== null) return 'This variant is archived, because another one was chosen. Restore it first (Compare), then go on with it.';
  if (worktree !== 'there') return worktreeProblem ?? 'The files of this variant are being brought back. Try again in a moment; its workspace has to run for that.';
  return null;
}

function filesAwayObstacle({ state, because, problem }: Place): string | null {
  if (state === 'there') return null;
  if (state === 'leaving') return 'The files of this conversation are being put into a checkpoint at this moment. Bring them back in a minute, then go on.';
  if (state === 'coming') return 'The files of this conversation are being brought back. Try again in a moment; its workspace has to run for that.';
  return problem ?? `The files of this conversation were put into a checkpoint by the rule: ${because ?? 'unused'}. Bring them back on the page of the run, then go on.`;
}
