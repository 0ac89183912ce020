import { and, count, eq, isNull, max, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { MOST_TERMINALS, MOST_TERMINALS_PER_PERSON, type OpenTerminalInput, type TerminalView } from '@/contract/terminal';
import type { DatabaseOrTransaction } from '@/db/client';
import { terminals, workspaces } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';
import { settleTerminals } from '@/server/workspaces/terminals/settle-terminals';
import { endTerminalRow, toTerminalView, type TerminalRow } from '@/server/workspaces/terminals/terminal-rows';

/**
 * Opens a shell in the workspace's container. It lives there by itself: until `exit`, until it is closed, until the container stops, or until
 * nobody has looked at it for long. It is given no secret: those belong to runs.
 */
export async function openTerminal(access: WorkspaceAccess, size: Omit<OpenTerminalInput, 'workspaceId'>): Promise<TerminalView> {
  const { workspace } = access;
  const containerId = runningContainer(workspace, 'open a terminal');
  await settleTerminals(workspace, containerId);
  const row = await database().transaction((transaction) => insertRow(transaction, access, containerId));
  try {
    const argv = ['anyon-terminal', 'hold', row.id, String(size.columns), String(size.rows), String(env().ANYON_TERMINAL_IDLE_HOURS)];
    await containerEngine().execDetached(containerId, { argv });
  } catch (error) {
    await endTerminalRow(database(), row.id, 'The shell could not be started.', null);
    throw error;
  }
  return toTerminalView(row);
}

/** Under the lock of the workspace's row, so that two who open one at the same time get different numbers and keep the bounds. */
async function insertRow(transaction: DatabaseOrTransaction, { actor, workspace }: WorkspaceAccess, containerId: string): Promise<TerminalRow> {
  await transaction.update(workspaces).set({ lastUsedAt: sql`now()` }).where(eq(workspaces.id, workspace.id));
  const [here] = await transaction
    .select({ open: sql<number>`(count(*) filter (where ${terminals.endedAt} is null))::int`, last: max(terminals.number) })
    .from(terminals)
    .where(eq(terminals.workspaceId, workspace.id));
  if ((here?.open ?? 0) >= MOST_TERMINALS) throw new AnyonError('limit_reached', `${MOST_TERMINALS} terminals are open in this workspace, the most there can be. Close one of them first.`);
  const [theirs] = await transaction.select({ open: count() }).from(terminals).where(and(eq(terminals.openedById, actor.userId), isNull(terminals.endedAt)));
  if ((theirs?.open ?? 0) >= MOST_TERMINALS_PER_PERSON) throw new AnyonError('limit_reached', `You have ${MOST_TERMINALS_PER_PERSON} terminals open, the most there can be. Close one of them first, in any workspace.`);
  const number = (here?.last ?? 0) + 1;
  const [row] = await transaction.insert(terminals).values({ id: uuidv7(), workspaceId: workspace.id, openedById: actor.userId, number, containerId }).returning();
  if (!row) throw new AnyonError('internal', 'The terminal was not stored.');
  await recordAudit(transaction, { action: 'terminal_opened', actor, subject: { id: workspace.id, name: workspace.name }, details: { terminal: number } });
  return row;
}
