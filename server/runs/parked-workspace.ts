import { and, desc, eq, ne } from 'drizzle-orm';
import { tasks } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunRow } from '@/server/runs/run-status';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const NEEDS_A_PERSON = 'Its workspace does not run: ';

/** True of a parked run that could go on if somebody started its workspace. */
export function waitsForWorkspace(run: Pick<RunRow, 'status' | 'statusReason'>): boolean {
  return run.status === 'parked' && (run.statusReason?.startsWith(NEEDS_A_PERSON) ?? false);
}

/**
 * Whether a run that may go on finds its workspace running. A parked run keeps no workspace awake, so one that was stopped
 * because nobody used it is started for the run; one that a person stopped, or that is in trouble, is not. The answer is null when it
 * runs, else what the run waits for.
 */
export async function prepareWorkspace(run: RunRow, workspace: WorkspaceRow): Promise<string | null> {
  const { status, desired } = workspace;
  if (status === 'running' && desired === 'running') return null;
  if (status === 'creating' || (status === 'stopped' && (desired === 'running' || (await wasIdle(workspace.id))))) return startFor(run, workspace);
  if (status === 'unknown') return 'Docker cannot say how its workspace is. It goes on when Docker answers.';
  return `${NEEDS_A_PERSON}${status === 'running' ? 'it is being stopped' : `it is ${status}`}.`;
}

async function startFor(run: RunRow, { id }: WorkspaceRow): Promise<string> {
  try {
    const reason = `Starting, for run #${run.number} goes on.`;
    await requestTask({ workspaceId: id, kind: 'start', cause: 'run', requestedById: null, reason });
    return 'Its workspace is being started for it.';
  } catch (error) {
    if (!(error instanceof AnyonError)) throw error;
    return `${NEEDS_A_PERSON}${error.message}`;
  }
}

/** True when the last thing that was asked of it, comparing aside, was to stop because nobody used it. */
async function wasIdle(workspaceId: string): Promise<boolean> {
  const [last] = await database()
    .select({ kind: tasks.kind, cause: tasks.cause })
    .from(tasks)
    .where(and(eq(tasks.workspaceId, workspaceId), ne(tasks.kind, 'sync')))
    .orderBy(desc(tasks.createdAt), desc(tasks.id))
    .limit(1);
  return last?.kind === 'stop' && last.cause === 'idle';
}
