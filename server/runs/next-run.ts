import { and, desc, eq, sql } from 'drizzle-orm';
import { startRunInput } from '@/contract/run';
import { builtOnce } from '@/db/built-once';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs, type followUps } from '@/db/schema';
import { AnyonError } from '@/server/errors';
import type { RunRow } from '@/server/runs/run-status';
import type { NewRun } from '@/server/runs/start-run';

/** A conversation: all runs of one Claude session. */
export type ConversationKey = Pick<RunRow, 'workspaceId' | 'claudeSessionId'>;

/** The newest run of a conversation. Throws `not_found` when its workspace has been deleted meanwhile. */
export async function newestRunOf(db: DatabaseOrTransaction, { workspaceId, claudeSessionId }: ConversationKey): Promise<RunRow> {
  const [newest] = await newestOfConversation(db).execute({ workspaceId, claudeSessionId });
  if (!newest) throw new AnyonError('not_found', 'This run has been deleted with its workspace.');
  return newest;
}

const newestOfConversation = builtOnce('newest_of_conversation', (db) =>
  db
    .select()
    .from(runs)
    .where(and(eq(runs.workspaceId, sql.placeholder('workspaceId')), eq(runs.claudeSessionId, sql.placeholder('claudeSessionId'))))
    .orderBy(desc(runs.number))
    .limit(1),
);

/**
 * The newest run of a conversation, locked until the transaction ends: meanwhile nobody else goes on with the conversation or
 * changes its queue. Whoever adds a run locks the workspace first (holdWorkspace), then this.
 */
export async function lockNewestRun(transaction: DatabaseOrTransaction, conversation: ConversationKey): Promise<RunRow> {
  for (;;) {
    const { id } = await newestRunOf(transaction, conversation);
    const [locked] = await transaction.select().from(runs).where(eq(runs.id, id)).for('update');
    if (locked && (await newestRunOf(transaction, conversation)).id === id) return locked; // else another has come before us
  }
}

/** A run that goes on with the conversation: in the same worktree, branch and Claude session, and otherwise as the run before it unless told. */
export function nextRunAfter(before: RunRow, told: Partial<Pick<typeof followUps.$inferSelect, 'model' | 'permissionMode' | 'limits'>> = {}): NewRun {
  const { permissionMode, branch, claudeSessionId } = before;
  const { maxTurns, budgetUsd } = told.limits ?? before;
  return { model: told.model ?? knownModel(before), permissionMode: told.permissionMode ?? permissionMode, maxTurns, budgetUsd, branch, claudeSessionId, resumesRunId: before.id };
}

/** The model that a run used, by the CLI's word, which passed through the container: only a name is taken for one. */
export function knownModel({ model }: Pick<RunRow, 'model'>): string | null {
  return startRunInput.shape.model.safeParse(model ?? undefined).data ?? null;
}
