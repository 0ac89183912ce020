import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import type { ErrorClass } from '@/contract/recovery';
import { tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { beginAttempt, endAttempt } from '@/server/workspaces/tasks/attempts';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';

/** How a task ends; null lets it go on. */
export type ScriptedEnd = { ok: true } | { ok: false; errorClass: ErrorClass; message: string } | null;

/**
 * A worker that carries out tasks by the test's word instead of the engine's, through the same rows: begins each that is queued,
 * and ends it as the script says. Returns the function that stops it.
 */
export function workByScript(script: (task: TaskRow) => Promise<ScriptedEnd> | ScriptedEnd, options: { atOnce?: number } = {}): () => Promise<void> {
  const ending = new AbortController();
  const busy = new Map<string, Promise<void>>();
  const loop = async () => {
    while (!ending.signal.aborted) {
      const queued = await database().select().from(tasks).where(eq(tasks.status, 'queued')).orderBy(asc(tasks.createdAt));
      for (const task of queued) {
        if (busy.size >= (options.atOnce ?? 3) || busy.has(task.workspaceId)) continue;
        busy.set(task.workspaceId, perform(task.id, script, ending.signal).finally(() => busy.delete(task.workspaceId)));
      }
      await sleep(10);
    }
    await Promise.all(busy.values());
  };
  const over = loop();
  return async () => {
    ending.abort();
    await over;
  };
}

async function perform(taskId: string, script: (task: TaskRow) => Promise<ScriptedEnd> | ScriptedEnd, ending: AbortSignal): Promise<void> {
  const attempt = await beginAttempt(taskId);
  if (!attempt) return;
  let end: ScriptedEnd = null;
  while (!(end = await script(attempt.task)) && !ending.aborted) await sleep(10);
  if (!end) return;
  const [workspace] = await database().select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, attempt.workspace.id));
  if (workspace?.fence !== attempt.task.fence) {
    await endAttempt(attempt, { outcome: 'superseded', message: null, task: { status: 'superseded', reason: null } });
    return;
  }
  if (!end.ok) {
    const { errorClass, message } = end;
    await endAttempt(attempt, { outcome: 'failed', errorClass, message, task: { status: 'failed', reason: message }, workspace: { to: 'unhealthy', reason: message } });
    return;
  }
  const up = attempt.task.kind === 'start' || attempt.task.kind === 'create' || attempt.task.kind === 'restart';
  await endAttempt(attempt, { outcome: 'succeeded', message: null, task: { status: 'succeeded', reason: null }, workspace: { to: up ? 'running' : 'stopped', reason: null } });
}
