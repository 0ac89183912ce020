import { eq } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { runVariants } from '@/db/schema';
import { AnyonError } from '@/server/errors';

/**
 * Throws `precondition` when this conversation is a variant that is archived, or whose files are not back yet. Locks the variant until the
 * transaction ends: it is not archived while somebody goes on with it.
 */
export async function assertNotArchived(transaction: DatabaseOrTransaction, claudeSessionId: string): Promise<void> {
  const [variant] = await transaction.select().from(runVariants).where(eq(runVariants.claudeSessionId, claudeSessionId)).for('update');
  if (!variant) return;
  if (variant.archivedAt !== null) throw new AnyonError('precondition', 'This variant is archived, because another one was chosen. Restore it first (Compare), then go on with it.');
  if (variant.worktree !== 'there') throw new AnyonError('precondition', variant.worktreeProblem ?? 'The files of this variant are being brought back. Try again in a moment; its workspace has to run for that.');
}
