import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { CLOSED } from '@/server/workspaces/terminals/end-words';
import { endTerminalRow, terminalOf } from '@/server/workspaces/terminals/terminal-rows';

/** Ends a shell and what runs in its foreground. What was put into a session of its own (`nohup`, `setsid`) goes on. One that has ended is left as it is. */
export async function closeTerminal(access: WorkspaceAccess, terminalId: string): Promise<void> {
  const { actor } = access;
  const row = await terminalOf(access, terminalId);
  if (row.endedAt !== null) return;
  await endTerminalRow(database(), row.id, `${CLOSED} by ${actor.login}.`, actor);
  try {
    await containerEngine().exec(row.containerId, { argv: ['anyon-terminal', 'close', row.id], timeoutMs: 10_000, maxOutputBytes: 1024 });
  } catch (error) {
    // A container that does not run holds no shell.
    if (!isAnyonError(error) || (error.kind !== 'not_found' && error.kind !== 'precondition')) throw error;
  }
}
