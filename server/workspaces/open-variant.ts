import { eq, type SQL } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { runVariants } from '@/db/schema';
import { AnyonError } from '@/server/errors';

type Variant = typeof runVariants.$inferSelect;

/** A conversation, by its Claude session or by the run with which it began. */
type Conversation = { claudeSessionId: string } | { firstRunId: string };

/** Why nobody can work in this conversation: it is a variant that is archived, or whose files are not back yet. Null for every other one. */
export async function variantObstacle(db: DatabaseOrTransaction, conversation: Conversation): Promise<string | null> {
  const [variant] = await db.select().from(runVariants).where(isOf(conversation));
  return variant ? obstacleOf(variant) : null;
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
