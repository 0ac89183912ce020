import { and, desc, eq } from 'drizzle-orm';
import { pushes, runs, users } from '@/db/schema';
import { database } from '@/server/database';
import type { ConversationKey } from '@/server/runs/next-run';

/** What was last pushed from a conversation, to this branch where one is named; null when nothing was. */
export async function lastPush({ workspaceId, claudeSessionId }: ConversationKey, branch?: string) {
  const [row] = await database()
    .select({ branch: pushes.branch, commit: pushes.commit, at: pushes.at, by: users.login })
    .from(pushes)
    .innerJoin(runs, eq(runs.id, pushes.runId))
    .innerJoin(users, eq(users.id, pushes.pushedById))
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.claudeSessionId, claudeSessionId), branch === undefined ? undefined : eq(pushes.branch, branch as typeof pushes.$inferSelect.branch)))
    .orderBy(desc(pushes.at), desc(pushes.id))
    .limit(1);
  return row ?? null;
}
