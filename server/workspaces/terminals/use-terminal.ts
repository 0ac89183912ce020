import { and, eq, lt, sql } from 'drizzle-orm';
import type { ResizeTerminalInput, WriteTerminalInput } from '@/contract/terminal';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import type { LiveTerminal } from '@/server/workspaces/terminals/live-terminal';
import { joinTerminal } from '@/server/workspaces/terminals/live-terminals';
import { terminalOf } from '@/server/workspaces/terminals/terminal-rows';

/**
 * Types into a terminal. Returns once the holder of the shell has the keys, which takes what comes twice only once, also when this
 * process died between the two. `limit_reached`: the program does not read; the same keys may be sent again later.
 */
export async function typeKeys(access: WorkspaceAccess, { terminalId, tab, sequence, data }: WriteTerminalInput): Promise<void> {
  const taken = await withTerminal(access, terminalId, (live) => live.type(tab, sequence, data));
  if (!taken) throw new AnyonError('limit_reached', 'The program in the terminal does not read what is typed. Stop it with Ctrl+C, or wait.');
  await noteUse(access.workspace.id);
}

/** The page that is used says how large the terminal is; everybody who looks sees it so. */
export async function resizeTerminal(access: WorkspaceAccess, { terminalId, columns, rows }: ResizeTerminalInput): Promise<void> {
  await withTerminal(access, terminalId, (live) => live.resize(columns, rows));
}

async function withTerminal<T>(access: WorkspaceAccess, terminalId: string, act: (live: LiveTerminal) => Promise<T>): Promise<T> {
  const row = await terminalOf(access, terminalId);
  if (row.endedAt !== null) throw new AnyonError('precondition', `This terminal has ended. ${row.endReason ?? ''}`.trim());
  const { live, leave } = joinTerminal(row);
  try {
    return await act(live);
  } finally {
    leave();
  }
}

/** Keys put off the idle stop; written down at most once a minute. */
async function noteUse(workspaceId: string): Promise<void> {
  await database()
    .update(workspaces)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(workspaces.id, workspaceId), lt(workspaces.lastUsedAt, sql`now() - interval '1 minute'`)));
}
