import { eq } from 'drizzle-orm';
import { taskRules, type TaskKind } from '@/contract/task';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import { SupersededError } from '@/server/workspaces/tasks/superseded-error';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const LOOK_EVERY_MS = 500;

/** The worker ends in order; the attempt lets go and the next worker goes on with it. */
export class WorkerEndingError extends Error {}

/** Ends an attempt from outside: by its signal, whose reason is the error that it then ends with. */
export interface AttemptWatch {
  signal: AbortSignal;
  /** Something was achieved; the time without progress begins anew. */
  progress(): void;
  /** Always call it. */
  end(): void;
}

/**
 * Watches over one attempt. It is aborted when nothing has been achieved for the rule's timeout, as soon as a newer task has
 * raised the workspace's fence, and when the worker ends.
 */
export function watchAttempt(kind: TaskKind, workspace: WorkspaceRow, ending: AbortSignal, timeoutMs: number = taskRules[kind].timeoutSeconds * 1_000): AttemptWatch {
  const controller = new AbortController();
  const stalled = () => controller.abort(new AnyonError('unavailable', `Nothing happened for ${Math.round(timeoutMs / 1_000)} seconds, so this attempt was given up.`));
  let timer = setTimeout(stalled, timeoutMs);
  const onEnding = () => controller.abort(new WorkerEndingError('The worker was ended; the next one goes on with it.'));
  if (ending.aborted) onEnding();
  ending.addEventListener('abort', onEnding, { once: true });
  const look = setInterval(() => {
    isOvertaken(workspace)
      .then((overtaken) => overtaken && controller.abort(new SupersededError()))
      .catch((error: unknown) => log().debug({ reason: describeError(error) }, 'task: the fence cannot be read, looking again'));
  }, LOOK_EVERY_MS);
  return {
    signal: controller.signal,
    progress() {
      clearTimeout(timer);
      timer = setTimeout(stalled, timeoutMs);
    },
    end() {
      clearTimeout(timer);
      clearInterval(look);
      ending.removeEventListener('abort', onEnding);
    },
  };
}

/** A row that is gone was removed by the attempt itself: only a deletion does that, and nothing overtakes one. */
async function isOvertaken(workspace: WorkspaceRow): Promise<boolean> {
  const [row] = await database().select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, workspace.id));
  return row !== undefined && row.fence !== workspace.fence;
}
