import { putMessage, removeMessage, tellDetached } from '@/server/containers/detached-command';
import type { LiveRun } from '@/server/runs/live-run';
import { attemptId, runPlace } from '@/server/runs/run-place';
import { workspaceUser } from '@/server/workspaces/workspace-container';

/**
 * Writes one message of the stream-json protocol to the Claude Code of this attempt: whole, and never inside another one. False when nobody
 * listens any more. Throws `unavailable` when that cannot be told now; the message has then arrived once or not at all.
 */
export async function tellClaude({ engine, run, containerId }: Pick<LiveRun, 'engine' | 'run' | 'containerId'>, message: object): Promise<boolean> {
  const { exchange } = runPlace(run);
  const name = await putMessage(exchange, JSON.stringify(message), workspaceUser());
  try {
    return await tellDetached(engine, containerId, attemptId(run), name);
  } finally {
    await removeMessage(exchange, name);
  }
}
