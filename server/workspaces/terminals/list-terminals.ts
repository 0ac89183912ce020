import type { TerminalsView } from '@/contract/terminal';
import { env } from '@/server/env';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { shownTerminals } from '@/server/workspaces/terminals/terminal-rows';

/** The terminals of a workspace as its page shows them. */
export async function listTerminals({ workspace }: WorkspaceAccess): Promise<TerminalsView> {
  return { terminals: await shownTerminals(workspace.id), idleHours: env().ANYON_TERMINAL_IDLE_HOURS };
}
