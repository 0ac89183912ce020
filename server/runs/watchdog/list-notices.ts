import type { RunNotice } from '@/contract/run-notice';
import type { RunAccess } from '@/server/runs/access';
import { nextAction } from '@/server/runs/watchdog/judge-quiet';
import { noticesOf, type NoticeRow } from '@/server/runs/watchdog/notices';
import { thresholds } from '@/server/runs/watchdog/thresholds';

/** What the watchdog has noticed about the run, oldest first; the newest that goes on says what comes next. */
export async function listNotices({ run }: RunAccess): Promise<RunNotice[]> {
  const rows = await noticesOf(run);
  const newest = rows.findLast(({ endedAt }) => endedAt === null);
  return rows.map((row) => {
    const { id, kind, action, said, at, endedAt } = row;
    return { id, kind, action, said, at, endedAt, next: row === newest ? nextOf(row, rows, run.permissionMode) : null };
  });
}

/** By the rule the watchdog itself goes by, unless something comes before. */
function nextOf(row: NoticeRow, rows: readonly NoticeRow[], permissionMode: string): RunNotice['next'] {
  const wasNudged = permissionMode !== 'bypassPermissions' || rows.some(({ action, attempt }) => action === 'nudged' && attempt === row.attempt);
  const restarts = rows.filter(({ action }) => action === 'restarted').length;
  const next = nextAction(row, { wasNudged, restarts }, thresholds());
  return next && { action: next.action, at: new Date(row.at.getTime() + next.after) };
}
