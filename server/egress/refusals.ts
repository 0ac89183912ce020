import { desc, eq } from 'drizzle-orm';
import type { EgressRefusal } from '@/contract/egress';
import { egressRefusals } from '@/db/schema';
import { database } from '@/server/database';
import type { WorkspaceAccess } from '@/server/workspaces/access';

/** What the proxy refused to a workspace, the latest first; at most 200. Written once a second, so the newest may come a moment later. */
export async function listRefusals({ workspace }: WorkspaceAccess): Promise<EgressRefusal[]> {
  const { host, port, reason, count, firstAt, lastAt } = egressRefusals;
  return database().select({ host, port, reason, count, firstAt, lastAt }).from(egressRefusals).where(eq(egressRefusals.workspaceId, workspace.id)).orderBy(desc(lastAt)).limit(200);
}
