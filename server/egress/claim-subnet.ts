import { and, eq, ne, sql } from 'drizzle-orm';
import { claudeBooths, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import type { EngineNetwork } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';

/**
 * Writes down the address range of a workspace's network, as the engine tells it: by it the egress proxy knows who asks. A
 * range that another row still names from an earlier network is taken off that row. Call it after each `ensureNetwork`, before the container starts.
 */
export async function claimSubnet(workspaceId: string, network: EngineNetwork): Promise<void> {
  const { subnet } = network;
  if (!subnet) throw new AnyonError('internal', `Docker does not say which addresses the network ${network.name} has. Try again.`);
  await database().transaction(async (transaction) => {
    await transaction.update(workspaces).set({ subnet: null }).where(and(eq(workspaces.subnet, subnet), ne(workspaces.id, workspaceId)));
    await transaction.update(claudeBooths).set({ subnet: null }).where(eq(claudeBooths.subnet, subnet));
    await transaction.update(workspaces).set({ subnet }).where(and(eq(workspaces.id, workspaceId), sql`${workspaces.subnet} is distinct from ${subnet}`));
  });
}

/** The same for a throw-away container that is no workspace's. */
export async function claimBoothSubnet(boothId: string, network: EngineNetwork): Promise<void> {
  const { subnet } = network;
  if (!subnet) throw new AnyonError('internal', `Docker does not say which addresses the network ${network.name} has. Try again.`);
  await database().transaction(async (transaction) => {
    await transaction.update(workspaces).set({ subnet: null }).where(eq(workspaces.subnet, subnet));
    await transaction.update(claudeBooths).set({ subnet: null }).where(and(eq(claudeBooths.subnet, subnet), ne(claudeBooths.id, boothId)));
    await transaction.update(claudeBooths).set({ subnet }).where(eq(claudeBooths.id, boothId));
  });
}
