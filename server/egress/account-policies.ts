import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { claudeBooths, claudeConnections, runs, workspaces } from '@/db/schema';
import { accountDestinations } from '@/server/connections/claude/claude-account';
import { parseRange } from '@/server/containers/address-pool';
import type { NetworkPolicy } from '@/server/egress/policy';
import type { Destination } from '@/server/outbound/destination';

/** For each workspace the hosts at which the Claude accounts answer that its runs may use: its owner's, and those of others who have a live run in it. */
export async function readAccounts(database: Database): Promise<Map<string, Destination[]>> {
  const account = { userId: claudeConnections.userId, method: claudeConnections.method, baseUrl: claudeConnections.baseUrl, region: claudeConnections.region, projectId: claudeConnections.projectId };
  const [owners, guests] = await Promise.all([
    database.select({ workspaceId: workspaces.id, ...account }).from(workspaces).innerJoin(claudeConnections, eq(claudeConnections.userId, workspaces.ownerId)).where(isNotNull(workspaces.subnet)),
    database
      .selectDistinct({ workspaceId: runs.workspaceId, ...account })
      .from(runs)
      .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
      .innerJoin(claudeConnections, eq(claudeConnections.userId, runs.startedById))
      .where(and(isNull(runs.finishedAt), sql`${runs.startedById} <> ${workspaces.ownerId}`)),
  ]);
  const byWorkspace = new Map<string, Destination[]>();
  for (const { workspaceId, ...row } of [...owners, ...guests]) byWorkspace.set(workspaceId, [...(byWorkspace.get(workspaceId) ?? []), ...accountDestinations(row)]);
  return byWorkspace;
}

/** Throw-away containers for sign-ins and trials: what each was made for, and nothing else. */
export async function readBooths(database: Database): Promise<NetworkPolicy[]> {
  const rows = await database.select().from(claudeBooths).where(isNotNull(claudeBooths.subnet));
  return rows.flatMap(({ id, subnet, destinations }) => {
    const range = parseRange(subnet ?? '');
    return range ? [{ ...range, workspace: { workspaceId: id, level: 'none' as const, hosts: [], repositories: [], accounts: destinations } }] : [];
  });
}
