import { and, asc, eq, gt, isNull, notLike, or, sql } from 'drizzle-orm';
import type { TerminalView } from '@/contract/terminal';
import type { DatabaseOrTransaction } from '@/db/client';
import { terminals, workspaces } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { CLOSED } from '@/server/workspaces/terminals/end-words';

export type TerminalRow = typeof terminals.$inferSelect;

/** One terminal of the workspace; throws `not_found` for every other id. */
export async function terminalOf({ workspace }: WorkspaceAccess, terminalId: string): Promise<TerminalRow> {
  const [row] = await database()
    .select()
    .from(terminals)
    .where(and(eq(terminals.id, terminalId), eq(terminals.workspaceId, workspace.id)));
  if (!row) throw new AnyonError('not_found', 'There is no such terminal.');
  return row;
}

/** Those that are open, and those that ended by themselves within the last quarter of an hour, oldest first. */
export async function shownTerminals(workspaceId: string): Promise<TerminalView[]> {
  const rows = await database()
    .select()
    .from(terminals)
    .where(
      and(
        eq(terminals.workspaceId, workspaceId),
        or(isNull(terminals.endedAt), and(gt(terminals.endedAt, sql`now() - interval '15 minutes'`), notLike(terminals.endReason, `${CLOSED}%`))),
      ),
    )
    .orderBy(asc(terminals.number));
  return rows.map(toTerminalView);
}

export function toTerminalView({ id, number, openedAt, endedAt, endReason }: TerminalRow): TerminalView {
  return { id, number, openedAt, endedAt, endReason };
}

/** Writes down that a terminal is over, once, and who closed it; null: nobody did. What has ended stays as it is. */
export async function endTerminalRow(db: DatabaseOrTransaction, terminalId: string, reason: string, actor: { userId: string; login: string } | null): Promise<void> {
  const [row] = await db
    .update(terminals)
    .set({ endedAt: sql`now()`, endReason: reason })
    .from(workspaces)
    .where(and(eq(terminals.id, terminalId), isNull(terminals.endedAt), eq(workspaces.id, terminals.workspaceId)))
    .returning({ number: terminals.number, workspaceId: workspaces.id, name: workspaces.name });
  if (row) await recordAudit(db, { action: 'terminal_closed', actor, subject: { id: row.workspaceId, name: row.name }, details: { terminal: row.number, reason } });
}
