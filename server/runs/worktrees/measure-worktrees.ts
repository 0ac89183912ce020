import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { worktreePlaces } from '@/db/schema';
import { database, rawDatabase } from '@/server/database';
import { measureDiskUse } from '@/server/deployment/disk-use';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { finalRunStatuses } from '@/server/runs/run-status';

/** So many in one go; the next round goes on. */
const MOST = 500;

/**
 * Measures the worktrees of conversations that are over and were not measured since, or not for a week. Where there is none it has no bytes.
 * Folders only: a link that somebody has put in the place of one is not followed.
 */
export async function measureWorktrees(signal: AbortSignal): Promise<void> {
  for (const { firstRunId, claudeSessionId, workspaceId } of await unmeasured()) {
    signal.throwIfAborted();
    const folder = path.join(workspaceFilesDir(workspaceId), 'worktrees');
    const bytes = (await isFolder(folder)) && (await isFolder(path.join(folder, firstRunId))) ? await measureDiskUse(path.join(folder, firstRunId)) : null;
    const now = new Date();
    const measured = { bytes: bytes ?? 0, measuredAt: now };
    await database().insert(worktreePlaces).values({ firstRunId, claudeSessionId, ...measured }).onConflictDoUpdate({ target: worktreePlaces.firstRunId, set: measured, setWhere: eq(worktreePlaces.state, 'there') });
  }
}

async function unmeasured(): Promise<{ firstRunId: string; claudeSessionId: string; workspaceId: string }[]> {
  const sql = rawDatabase();
  return sql<{ firstRunId: string; claudeSessionId: string; workspaceId: string }[]>`
    select first.id as "firstRunId", first.claude_session_id as "claudeSessionId", first.workspace_id as "workspaceId"
    from runs first
    join lateral (
      select max(coalesce(one.finished_at, one.status_since)) as ended, bool_and(one.status in ${sql(finalRunStatuses)}) as is_over
      from runs one where one.claude_session_id = first.claude_session_id
    ) conversation on conversation.is_over
    left join worktree_places place on place.first_run_id = first.id
    where first.resumes_run_id is null and (place.state is null or place.state = 'there')
      and (place.measured_at is null or place.measured_at < greatest(conversation.ended, now() - interval '7 days'))
    order by place.measured_at nulls first, first.id limit ${MOST}`;
}

async function isFolder(place: string): Promise<boolean> {
  return lstat(place).then((stats) => stats.isDirectory(), () => false);
}
