import { and, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { terminals, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { CONTAINER_STOPPED, endWords } from '@/server/workspaces/terminals/end-words';
import { endTerminalRow } from '@/server/workspaces/terminals/terminal-rows';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A shell that was just asked for may not be held yet. */
const JUST_OPENED = sql`interval '15 seconds'`;

/** Asks the container which shells it holds and ends the rows of the others: nobody saw those end. Throws `precondition` when its image has no terminals. */
export async function settleTerminals(workspace: WorkspaceRow, containerId: string): Promise<void> {
  const { exitCode, stdout } = await containerEngine().exec(containerId, { argv: ['anyon-terminal', 'list'], timeoutMs: 10_000, maxOutputBytes: 64 * 1024 });
  if (exitCode !== 0) throw isOlderImage(exitCode) ? olderImage('A terminal') : new AnyonError('unavailable', 'The container does not say which terminals it holds. Try again in a few seconds.');
  const held = new Set(stdout.toString('latin1').split('\n'));
  const open = await database()
    .select({ id: terminals.id })
    .from(terminals)
    .where(and(eq(terminals.workspaceId, workspace.id), isNull(terminals.endedAt), lt(terminals.openedAt, sql`now() - ${JUST_OPENED}`)));
  for (const { id } of open) if (!held.has(id)) await endTerminalRow(database(), id, endWords('gone'), null);
}

/** Ends the rows of terminals whose container is not the one that runs now, or has been started since. Returns how many. Safe to repeat. */
export async function endTerminalsOfStopped(): Promise<number> {
  const gone = await database()
    .select({ id: terminals.id })
    .from(terminals)
    .innerJoin(workspaces, eq(workspaces.id, terminals.workspaceId))
    .where(
      and(
        isNull(terminals.endedAt),
        or(
          inArray(workspaces.status, ['stopped', 'archived', 'deleting']),
          sql`${workspaces.containerId} is distinct from ${terminals.containerId}`,
          sql`${workspaces.containerStartedAt} > ${terminals.openedAt}`,
        ),
      ),
    );
  for (const { id } of gone) await endTerminalRow(database(), id, CONTAINER_STOPPED, null);
  return gone.length;
}

/** Ends the rows of a workspace whose container has just been stopped. */
export async function endTerminalsOf(workspaceId: string): Promise<void> {
  const open = await database()
    .select({ id: terminals.id })
    .from(terminals)
    .where(and(eq(terminals.workspaceId, workspaceId), isNull(terminals.endedAt)));
  for (const { id } of open) await endTerminalRow(database(), id, CONTAINER_STOPPED, null);
}
